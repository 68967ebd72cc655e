/** The packages of the HTTP server, as a bundle of their own, which only `dpi serve` loads. */
export { default as multipart } from '@fastify/multipart';
export { default as swagger } from '@fastify/swagger';
export { fastify } from 'fastify';
export { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
