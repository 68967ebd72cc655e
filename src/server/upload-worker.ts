/** The entry point of the upload pool's threads; the build writes it as a file of its own. */
export { analyzeUpload } from './uploads/analyze-upload.js';
export { explainUpload } from './uploads/explain-upload.js';
export { filterUpload } from './uploads/filter-upload.js';
export { testUpload } from './uploads/test-upload.js';
