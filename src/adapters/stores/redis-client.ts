/** The client library, in a module of its own so that it is loaded when a Redis is used, and not before. */
export { Redis } from 'ioredis';
