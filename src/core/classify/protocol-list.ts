/**
 * Every protocol that a connection's `app_protocol` may name, sorted: what rules by protocol may say. A test compares
 * the list with the inspectors.
 */
export const PROTOCOLS: readonly string[] = (
  'ads afp agora ah ajp alicloud-agent amqp aodv atg auto-rp babel bacnet battle.net bfcp bfd bgp bitcoin ' +
  'bittorrent bsdp can capwap cassandra ceph check-mk cip-io cldap cn-ip coap collectd cpha daytime dce-rpc dhcp ' +
  'dhcpv6 diameter discord-voice dlep dlms dnp3 dns dnscrypt dropbox-lan dtls eaq eigrp elasticsearch enet enip ' +
  'esp ether-s-io finger fins fix ftp ftp-data giop git glbp gnutella gopher gre gtp-c gtp-prime gtp-u h225 hsrp ' +
  'http http2 iax2 ica icmp icmpv6 ident iec104 igmp imap ipcomp ipfix ipip ipmi ipv6 ipv6-frag irc is-is isakmp ' +
  'iso-session jrmi json-rpc kafka kcp kerberos kismet knxnet-ip l2tp ldap ldp lisp llmnr mdns megaco memcached ' +
  'mgcp minecraft mobile-ipv6 modbus monero mongodb mount mpeg-ts mqtt mtproto mumble munin mysql nat-pmp nats ' +
  'ncp netbios-dgm netbios-ns netbios-ssn netcode netflow nfs nintendo-pia nis nlm nntp nsm ntp oicq olsr opc-ua ' +
  'openvpn oracle-tns oscar ospf pcp pgm photon pim pop3 portmap postgresql pptp proxy-protocol ptp qotd quake ' +
  'quic radius radmin raknet rdp rdp-udp redis rip ripe-atlas ripng rlogin rmcp rsh rsvp rsync rtcp rtmp rtp rtsp ' +
  's7comm s7comm-plus sap sctp sflow sip skinny slp smb smpp smtp snmp socks softether source-engine spotify-lan ' +
  'ssdp ssh steam stomp stratum stun sunrpc svn syncthing syslog tacacs+ tailscale tds teamspeak teamviewer ' +
  'telegram-voip telnet tencent-games tftp time tinc tivoconnect tls tpkt tplink-shp tuya ubiquiti-discovery uftp ' +
  'vnc vrrp wechat whatsapp whois wireguard world-of-warcraft ws-discovery x11 xdmcp xiaomi-push xmpp z39.50 ' +
  'zabbix zoom zug'
).split(' ');

/** Usual words for protocols that `app_protocol` names otherwise. */
export const PROTOCOL_ALIASES: ReadonlyMap<string, string> = new Map([
  ['h2', 'http2'],
  ['h2c', 'http2'],
  ['h3', 'quic'],
  ['http3', 'quic'],
  ['https', 'tls'],
  ['ipsec', 'esp'],
  ['ike', 'isakmp'],
  ['mssql', 'tds'],
  ['postgres', 'postgresql'],
  ['rpc', 'sunrpc'],
  ['sftp', 'ssh'],
  ['ssl', 'tls'],
  ['tns', 'oracle-tns'],
]);
