import type { RouteGroup } from './route-group.js';
import { analyzeRoutes } from './routes/analyze.js';
import { appRoutes } from './routes/apps.js';
import { docsRoutes } from './routes/docs.js';
import { eventRoutes } from './routes/events.js';
import { explainRoutes } from './routes/explain.js';
import { filterRoutes } from './routes/filter.js';
import { healthRoutes } from './routes/health.js';
import { ingestRoutes } from './routes/ingest.js';
import { metricsRoutes } from './routes/metrics.js';
import { pageRoutes } from './routes/page.js';
import { ruleCheckRoutes, ruleTestRoutes } from './routes/rule-checks.js';
import { rulePreviewRoutes } from './routes/rule-preview.js';
import { ruleRoutes } from './routes/rules.js';
import { statsRoutes } from './routes/stats.js';
import { uploadProgressRoutes } from './routes/upload-progress.js';

/** All routes of the server, in the order of the documentation. A new group is a file in `routes/` and a line here. */
export const ROUTE_GROUPS: readonly RouteGroup[] = [
  analyzeRoutes,
  explainRoutes,
  filterRoutes,
  uploadProgressRoutes,
  ingestRoutes,
  ruleRoutes,
  ruleCheckRoutes,
  rulePreviewRoutes,
  ruleTestRoutes,
  appRoutes,
  eventRoutes,
  statsRoutes,
  healthRoutes,
  metricsRoutes,
  docsRoutes,
  pageRoutes,
];
