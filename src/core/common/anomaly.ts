/**
 * Named oddities of wire data. Nothing malformed throws: the layer that met it counts one of these and decoding goes on
 * with what is left. Names are part of the JSON report (`anomalies`), so they are only ever added.
 */
export const ANOMALIES = [
  'none',
  'truncated_link_header',
  'truncated_ip_header',
  'truncated_transport_header',
  'truncated_tunnel_header',
  'ip_bad_header_length',
  'ip_bad_total_length',
  'ip_bad_extension_header',
  'ip_fragment_overlap',
  'ip_fragment_too_long',
  'ip_fragment_incomplete',
  'ip_fragment_evicted',
  'tcp_bad_data_offset',
  'udp_bad_length',
  'too_many_layers',
  'unsupported_link_type',
  'unsupported_version',
  'timestamp_backwards',
  'further_capture_file',
] as const;

export type AnomalyName = (typeof ANOMALIES)[number];

export const ANOMALY_NONE = 0;
export const TRUNCATED_LINK_HEADER = 1;
export const TRUNCATED_IP_HEADER = 2;
export const TRUNCATED_TRANSPORT_HEADER = 3;
export const TRUNCATED_TUNNEL_HEADER = 4;
export const IP_BAD_HEADER_LENGTH = 5;
export const IP_BAD_TOTAL_LENGTH = 6;
export const IP_BAD_EXTENSION_HEADER = 7;
export const IP_FRAGMENT_OVERLAP = 8;
export const IP_FRAGMENT_TOO_LONG = 9;
export const IP_FRAGMENT_INCOMPLETE = 10;
export const IP_FRAGMENT_EVICTED = 11;
export const TCP_BAD_DATA_OFFSET = 12;
export const UDP_BAD_LENGTH = 13;
export const TOO_MANY_LAYERS = 14;
export const UNSUPPORTED_LINK_TYPE = 15;
export const UNSUPPORTED_VERSION = 16;
export const TIMESTAMP_BACKWARDS = 17;
/** Another capture file follows in the same input, as after `cat a.pcap b.pcap`. */
export const FURTHER_CAPTURE_FILE = 18;
