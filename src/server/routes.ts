import type { RouteGroup } from './route-group.js';
import { analyzeRoutes } from './routes/analyze.js';
import { docsRoutes } from './routes/docs.js';
import { filterRoutes } from './routes/filter.js';
import { healthRoutes } from './routes/health.js';
import { ruleRoutes } from './routes/rules.js';

/** All routes of the server. A new group is a file in `routes/` and a line here. */
export const ROUTE_GROUPS: readonly RouteGroup[] = [analyzeRoutes, filterRoutes, healthRoutes, ruleRoutes, docsRoutes];
