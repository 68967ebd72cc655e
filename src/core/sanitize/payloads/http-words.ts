/** Words of HTTP, RTSP, SIP and SSDP that say nothing of who uses them. */

/** Methods (the IANA registries of HTTP and SIP methods, RFC 7826, UPnP). */
export const METHODS =
  words(`get head post put delete connect options trace patch propfind proppatch mkcol copy move lock
  unlock search report merge notify subscribe unsubscribe m-search register invite ack bye cancel info prack update message
  refer publish describe setup play pause teardown announce record get_parameter set_parameter redirect pri source
  rpc_in_data rpc_out_data ccm_post`);

/** Fields whose values frame the message or name a kind of content: their values keep the words of VALUE_WORDS. */
export const KEPT_FIELDS = words(`accept-encoding connection content-encoding content-length content-type
  sec-websocket-version transfer-encoding upgrade man mx cseq`);

/** Names of fields; others may be anything. */
export const KNOWN_FIELDS = words(`accept accept-charset accept-encoding accept-language accept-ranges
  access-control-allow-origin age allow alt-svc authorization cache-control call-id connection contact content-disposition
  content-encoding content-language content-length content-location content-range content-type cookie cseq date dnt etag
  expect expires ext from host http2-settings if-match if-modified-since if-none-match if-range if-unmodified-since
  keep-alive last-modified link location man max-forwards mx nt nts origin p3p pragma proxy-authenticate
  proxy-authorization proxy-connection public range referer retry-after sec-ch-ua sec-fetch-dest sec-fetch-mode
  sec-fetch-site sec-fetch-user sec-websocket-accept sec-websocket-extensions sec-websocket-key sec-websocket-protocol
  sec-websocket-version server session set-cookie st strict-transport-security te to trailer transfer-encoding transport
  upgrade upgrade-insecure-requests user-agent usn vary via warning www-authenticate x-cache x-content-type-options
  x-forwarded-for x-forwarded-host x-forwarded-proto x-frame-options x-powered-by x-requested-with x-xss-protection`);

/** Codings, options of connections, protocols to upgrade to, media types. */
const VALUE_WORDS =
  words(`gzip deflate br zstd identity compress x q trailers chunked close keep alive upgrade te http2 settings
  insecure proxy websocket h2c tls http rtsp sip ssl ssdp discover application audio font image message model multipart
  text video charset utf iso us ascii windows json xml xhtml octet stream www form urlencoded data byteranges mixed
  alternative related event html plain css csv javascript ecmascript markdown calendar jpeg jpg png gif webp avif svg bmp
  icon tiff mp2t mp4 mp3 mpeg mpegurl ogg webm wav aac opus flv flash shockwave pdf zip tar wasm woff woff2 ttf otf sdp
  sip soap rss atom dns udpwireformat grpc web proto protobuf msgpack cbor ocsp request response pkix cert crl pkcs10
  pkcs7 mime signature timestamp query reply dash manifest json5 ndjson rtf vnd apple ms microsoft ntlm negotiate
  ${[...METHODS].join(' ')}`);

/** The value with the words that are known; letters of others become x, digits 0, unless a number stands alone. */
export function knownWords(value: string): string {
  return value
    .replace(/(;\s*(?!charset|q=)[\w-]+\s*=)([^;,\r]*)/gi, (_, name: string, text: string) => name + masked(text))
    .replace(/[^\s/;,="+.()-]+/g, (word) =>
      VALUE_WORDS.has(word.toLowerCase()) || /^\d+$/.test(word) ? word : masked(word),
    );
}

/** Letters become x, digits 0. */
export function masked(text: string): string {
  return text
    .replace(/[a-z]/g, 'x')
    .replace(/[A-Z]/g, 'X')
    .replace(/\d/g, '0')
    .replace(/[\x80-\xff]/g, 'x');
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
