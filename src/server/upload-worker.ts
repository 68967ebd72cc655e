/** What the threads of the upload pool run: an entry of its own in the bundle, found beside the server's. */
export { analyzeUpload } from './uploads/analyze-upload.js';
export { filterUpload } from './uploads/filter-upload.js';
