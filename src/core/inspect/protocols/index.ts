import type { Inspector } from '../inspector.js';
import { adsInspector } from './ads.js';
import { afpInspector } from './afp.js';
import { agoraInspector } from './agora.js';
import { ajpInspector } from './ajp.js';
import { alicloudInspector } from './alicloud.js';
import { amqpInspector } from './amqp.js';
import { atgInspector } from './atg.js';
import { bacnetInspector } from './bacnet.js';
import { battlenetInspector } from './battlenet.js';
import { bfcpInspector, bfcpTcpInspector } from './bfcp.js';
import { bgpInspector } from './bgp.js';
import { bitcoinInspector } from './bitcoin.js';
import { bittorrentInspector } from './bittorrent.js';
import { bittorrentUdpInspector } from './bittorrent-udp.js';
import { bsdpInspector } from './bsdp.js';
import { canInspector } from './can-over-ip.js';
import { capwapInspector } from './capwap.js';
import { cassandraInspector } from './cassandra.js';
import { cephInspector } from './ceph.js';
import { checkMkInspector } from './check-mk.js';
import { citrixInspector } from './citrix.js';
import { cnIpInspector } from './cn-ip.js';
import { coapInspector } from './coap.js';
import { collectdInspector } from './collectd.js';
import { giopInspector, miopInspector } from './corba.js';
import { cphaInspector } from './cpha.js';
import { dceRpcInspector, dceRpcUdpInspector } from './dce-rpc.js';
import { dhcpInspector } from './dhcp.js';
import { dhcpv6Inspector } from './dhcpv6.js';
import { diameterInspector } from './diameter.js';
import { discordVoiceInspector } from './discord-voice.js';
import { dlepInspector, dlepTcpInspector } from './dlep.js';
import { dlmsHdlcInspector, dlmsHdlcUdpInspector, dlmsInspector, dlmsUdpInspector } from './dlms.js';
import { dnp3Inspector, dnp3UdpInspector } from './dnp3.js';
import { dnscryptInspector } from './dnscrypt.js';
import { dropboxLanInspector } from './dropbox-lan.js';
import { eaqInspector } from './eaq.js';
import { elasticsearchInspector } from './elasticsearch.js';
import { enetInspector } from './enet.js';
import { cipIoInspector, enipInspector, enipUdpInspector } from './enip.js';
import { etherSIoInspector } from './ether-s-io.js';
import { finsInspector, finsTcpInspector } from './fins.js';
import { fixInspector } from './fix.js';
import { ftpInspector, ftpTextInspector } from './ftp.js';
import { ftpDataInspector, ftpListingInspector } from './ftp-data.js';
import { gameQueryInspector } from './game-query.js';
import { iax2Inspector, megacoInspector, mgcpInspector } from './gateway-control.js';
import { gitInspector } from './git.js';
import { gnutellaInspector } from './gnutella.js';
import { gtpInspector } from './gtp.js';
import { iec104Inspector } from './iec104.js';
import { imapInspector } from './imap.js';
import { ircInspector } from './irc.js';
import { isakmpInspector } from './isakmp.js';
import { jrmiInspector } from './jrmi.js';
import { kafkaInspector } from './kafka.js';
import { kcpInspector } from './kcp.js';
import { kerberosInspector, kerberosTcpInspector } from './kerberos.js';
import { kismetInspector } from './kismet.js';
import { knxnetIpInspector, knxnetIpTcpInspector } from './knxnet-ip.js';
import { l2tpInspector } from './l2tp.js';
import { cldapInspector, ldapInspector } from './ldap.js';
import { ldpInspector, ldpTcpInspector } from './ldp.js';
import {
  daytimeInspector,
  fingerInspector,
  gopherInspector,
  identInspector,
  qotdInspector,
  timeInspector,
  whoisInspector,
} from './line-query.js';
import { lispInspector, lispTcpInspector } from './lisp.js';
import { memcachedInspector, memcachedUdpInspector } from './memcached.js';
import { minecraftInspector } from './minecraft.js';
import { modbusInspector } from './modbus.js';
import { moneroInspector } from './monero.js';
import { mongodbInspector } from './mongodb.js';
import { mpegTsInspector } from './mpeg-ts.js';
import { mqttInspector, mqttPortInspector } from './mqtt.js';
import { mtprotoInspector } from './mtproto.js';
import { mumbleInspector } from './mumble.js';
import { muninInspector } from './munin.js';
import { mysqlInspector } from './mysql.js';
import { natsInspector } from './nats.js';
import { ncpInspector } from './ncp.js';
import { netbiosDgmInspector, netbiosNsInspector } from './netbios.js';
import { netcodeInspector } from './netcode.js';
import { netflowInspector } from './netflow.js';
import { nintendoPiaInspector } from './nintendo-pia.js';
import { nntpInspector } from './nntp.js';
import { ntpInspector } from './ntp.js';
import { oicqInspector } from './oicq.js';
import { opcUaInspector } from './opc-ua.js';
import { openvpnInspector, openvpnTcpInspector } from './openvpn.js';
import { oracleTnsInspector } from './oracle-tns.js';
import { oscarInspector } from './oscar.js';
import { photonInspector } from './photon.js';
import { pop3Inspector } from './pop3.js';
import { portMappingInspector } from './port-mapping.js';
import { postgresqlInspector } from './postgresql.js';
import { pptpInspector } from './pptp.js';
import { ptpInspector } from './ptp.js';
import { radiusInspector } from './radius.js';
import { radminInspector } from './radmin.js';
import { raknetInspector } from './raknet.js';
import { rdpeudpInspector } from './rdpeudp.js';
import { redisInspector } from './redis.js';
import { ripeAtlasInspector } from './ripe-atlas.js';
import { rloginInspector, rshInspector } from './rlogin.js';
import { rmcpInspector } from './rmcp.js';
import {
  aodvInspector,
  autoRpInspector,
  babelInspector,
  bfdEchoInspector,
  bfdInspector,
  glbpInspector,
  hsrpInspector,
  olsrInspector,
  ripInspector,
  ripngInspector,
} from './routing.js';
import { rsyncInspector } from './rsync.js';
import { rtcpInspector } from './rtcp.js';
import { rtmpInspector } from './rtmp.js';
import { rtpInspector } from './rtp.js';
import { rtspInspector } from './rtsp.js';
import { sapInspector } from './sap.js';
import { sflowInspector } from './sflow.js';
import { sipInspector, sipTcpInspector } from './sip.js';
import { skinnyInspector } from './skinny.js';
import { slpInspector, slpTcpInspector } from './slp.js';
import { smbInspector } from './smb.js';
import { smppInspector } from './smpp.js';
import { smtpInspector } from './smtp.js';
import { snmpInspector } from './snmp.js';
import { softetherInspector } from './softether.js';
import { spotifyLanInspector } from './spotify-lan.js';
import { ssdpInspector } from './ssdp.js';
import { sshInspector } from './ssh.js';
import { steamInspector } from './steam.js';
import { stompInspector } from './stomp.js';
import { stratumInspector } from './stratum.js';
import { stunInspector, stunTcpInspector } from './stun.js';
import { sunrpcInspector, sunrpcTcpInspector } from './sunrpc.js';
import { svnInspector } from './svn.js';
import { syncthingInspector } from './syncthing.js';
import { syslogInspector, syslogTcpInspector } from './syslog.js';
import { tacacsInspector } from './tacacs.js';
import { tailscaleInspector } from './tailscale.js';
import { tdsInspector } from './tds.js';
import { teamspeakInspector } from './teamspeak.js';
import { teamviewerInspector, teamviewerUdpInspector } from './teamviewer.js';
import { telegramVoipInspector } from './telegram-voip.js';
import { telnetInspector, telnetTextInspector } from './telnet.js';
import { tencentGamesInspector } from './tencent-games.js';
import { tftpInspector } from './tftp.js';
import { tincInspector } from './tinc.js';
import { tivoInspector } from './tivo.js';
import { tpktInspector } from './tpkt.js';
import { tplinkInspector, tplinkTcpInspector } from './tplink-shp.js';
import { tuyaInspector } from './tuya.js';
import { ubiquitiInspector } from './ubiquiti.js';
import { uftpInspector } from './uftp.js';
import { vncInspector } from './vnc.js';
import { wechatInspector } from './wechat.js';
import { whatsappFrameInspector, whatsappInspector } from './whatsapp.js';
import { wireguardInspector } from './wireguard.js';
import { worldOfWarcraftInspector } from './world-of-warcraft.js';
import { wsDiscoveryInspector } from './ws-discovery.js';
import { x11Inspector } from './x11.js';
import { xdmcpInspector } from './xdmcp.js';
import { xiaomiInspector } from './xiaomi.js';
import { xmppInspector } from './xmpp.js';
import { z3950Inspector } from './z3950.js';
import { zabbixInspector } from './zabbix.js';
import { zoomInspector } from './zoom.js';
import { zugInspector } from './zug.js';

/**
 * TCP protocols without host names: marked strictly first, by words of a line or few bytes next, on their ports last.
 */
export const STREAM_PROTOCOLS: readonly Inspector[] = [
  adsInspector,
  ajpInspector,
  alicloudInspector,
  amqpInspector,
  atgInspector,
  bfcpTcpInspector,
  bgpInspector,
  bitcoinInspector,
  bittorrentInspector,
  cassandraInspector,
  cephInspector,
  checkMkInspector,
  citrixInspector,
  giopInspector,
  dceRpcInspector,
  diameterInspector,
  dlmsHdlcInspector,
  dnp3Inspector,
  elasticsearchInspector,
  enipInspector,
  finsTcpInspector,
  fixInspector,
  gitInspector,
  gnutellaInspector,
  iec104Inspector,
  jrmiInspector,
  kerberosTcpInspector,
  kismetInspector,
  knxnetIpTcpInspector,
  ldapInspector,
  moneroInspector,
  mqttInspector,
  muninInspector,
  natsInspector,
  ncpInspector,
  opcUaInspector,
  openvpnTcpInspector,
  oracleTnsInspector,
  oscarInspector,
  postgresqlInspector,
  pptpInspector,
  radminInspector,
  rsyncInspector,
  rtspInspector,
  sipTcpInspector,
  smbInspector,
  smppInspector,
  sshInspector,
  stompInspector,
  stratumInspector,
  stunTcpInspector,
  sunrpcTcpInspector,
  svnInspector,
  tacacsInspector,
  tdsInspector,
  teamviewerInspector,
  tencentGamesInspector,
  tincInspector,
  tpktInspector,
  vncInspector,
  whatsappInspector,
  whatsappFrameInspector,
  worldOfWarcraftInspector,
  x11Inspector,
  xiaomiInspector,
  xmppInspector,
  z3950Inspector,
  zabbixInspector,
  mysqlInspector,
  minecraftInspector,
  imapInspector,
  smtpInspector,
  ftpInspector,
  ftpTextInspector,
  pop3Inspector,
  nntpInspector,
  ircInspector,
  redisInspector,
  syslogTcpInspector,
  ftpListingInspector,
  wechatInspector,
  telnetInspector,
  telnetTextInspector,
  rtmpInspector,
  mtprotoInspector,
  afpInspector,
  battlenetInspector,
  dlepTcpInspector,
  dlmsInspector,
  ftpDataInspector,
  kafkaInspector,
  ldpTcpInspector,
  whoisInspector,
  fingerInspector,
  gopherInspector,
  daytimeInspector,
  qotdInspector,
  identInspector,
  timeInspector,
  lispTcpInspector,
  memcachedInspector,
  modbusInspector,
  mongodbInspector,
  mqttPortInspector,
  rloginInspector,
  rshInspector,
  skinnyInspector,
  slpTcpInspector,
  tplinkTcpInspector,
];

/** UDP protocols without host names: on their ports first, then those marked strictly, RTP last. */
export const DATAGRAM_PROTOCOLS: readonly Inspector[] = [
  capwapInspector,
  cnIpInspector,
  coapInspector,
  cphaInspector,
  dhcpv6Inspector,
  dlmsUdpInspector,
  dropboxLanInspector,
  eaqInspector,
  cipIoInspector,
  finsInspector,
  iax2Inspector,
  gtpInspector,
  ldpInspector,
  lispInspector,
  memcachedUdpInspector,
  mumbleInspector,
  netbiosNsInspector,
  netbiosDgmInspector,
  ntpInspector,
  oicqInspector,
  photonInspector,
  portMappingInspector,
  ptpInspector,
  ripInspector,
  ripngInspector,
  hsrpInspector,
  glbpInspector,
  bfdInspector,
  bfdEchoInspector,
  olsrInspector,
  babelInspector,
  aodvInspector,
  autoRpInspector,
  sapInspector,
  slpInspector,
  tplinkInspector,
  ubiquitiInspector,
  uftpInspector,
  wsDiscoveryInspector,
  xdmcpInspector,
  zoomInspector,
  agoraInspector,
  bacnetInspector,
  bfcpInspector,
  bittorrentUdpInspector,
  bsdpInspector,
  canInspector,
  collectdInspector,
  miopInspector,
  dceRpcUdpInspector,
  dhcpInspector,
  discordVoiceInspector,
  dlepInspector,
  dlmsHdlcUdpInspector,
  dnp3UdpInspector,
  dnscryptInspector,
  enipUdpInspector,
  etherSIoInspector,
  gameQueryInspector,
  mgcpInspector,
  megacoInspector,
  kerberosInspector,
  knxnetIpInspector,
  l2tpInspector,
  cldapInspector,
  mpegTsInspector,
  netcodeInspector,
  netflowInspector,
  nintendoPiaInspector,
  openvpnInspector,
  radiusInspector,
  raknetInspector,
  rdpeudpInspector,
  ripeAtlasInspector,
  rmcpInspector,
  sflowInspector,
  sipInspector,
  snmpInspector,
  softetherInspector,
  spotifyLanInspector,
  ssdpInspector,
  steamInspector,
  stunInspector,
  syncthingInspector,
  tailscaleInspector,
  teamspeakInspector,
  teamviewerUdpInspector,
  tftpInspector,
  tivoInspector,
  tuyaInspector,
  wireguardInspector,
  zugInspector,
  isakmpInspector,
  sunrpcInspector,
  kcpInspector,
  telegramVoipInspector,
  syslogInspector,
  enetInspector,
  rtcpInspector,
  rtpInspector,
];
