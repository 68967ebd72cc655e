/** Names of HPACK's static table, from index 1 (RFC 7541 appendix A). Their values are of no interest here. */
const NAMES =
  ':authority :method :method :path :path :scheme :scheme :status :status :status :status :status :status :status ' +
  'accept-charset accept-encoding accept-language accept-ranges accept access-control-allow-origin age allow ' +
  'authorization cache-control content-disposition content-encoding content-language content-length content-location ' +
  'content-range content-type cookie date etag expect expires from host if-match if-modified-since if-none-match ' +
  'if-range if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range ' +
  'referer refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary via ' +
  'www-authenticate';

export const STATIC_NAMES: readonly string[] = ['', ...NAMES.split(' ')];
export const STATIC_LEN = STATIC_NAMES.length - 1;
export const STATIC_AUTHORITY = STATIC_NAMES.indexOf(':authority');
export const STATIC_HOST = STATIC_NAMES.indexOf('host');
