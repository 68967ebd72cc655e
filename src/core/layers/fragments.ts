/** Reassembles IPv4 and IPv6 fragments (RFC 791 §3.2, RFC 8200 §4.5) within fixed bounds of memory. */
export class FragmentTable {}
