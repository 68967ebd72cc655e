/** IANA protocol numbers (IPv4 Protocol, IPv6 Next Header). */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;
export const SCTP = 132;
