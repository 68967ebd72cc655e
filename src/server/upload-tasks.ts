/** What the threads of the upload pool do. */
export { analyzeUpload } from './uploads/analyze-upload.js';
export { explainUpload } from './uploads/explain-upload.js';
export { filterUpload } from './uploads/filter-upload.js';
export { testUpload } from './uploads/test-upload.js';
