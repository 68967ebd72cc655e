/** Link types of real captures that hold no IP, or none that is read, by their LINKTYPE_ number. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [3, 'AX.25'],
  [8, 'SLIP'],
  [114, 'LocalTalk'],
  [117, 'OpenBSD packet filter log'],
  [123, 'SunATM'],
  [140, 'SS7 MTP2'],
  [141, 'SS7 MTP3'],
  [143, 'DOCSIS'],
  [144, 'IrDA'],
  [177, 'ISDN LAPD'],
  [187, 'Bluetooth H4'],
  [189, 'USB'],
  [195, 'IEEE 802.15.4'],
  [201, 'Bluetooth H4'],
  [215, 'IEEE 802.15.4'],
  [220, 'USB'],
  [227, 'CAN'],
  [230, 'IEEE 802.15.4'],
  [231, 'D-Bus'],
  [249, 'USBPcap'],
  [251, 'Bluetooth Low Energy'],
  [252, 'Wireshark PDU export'],
  [253, 'netlink'],
  [254, 'Bluetooth monitor'],
  [256, 'Bluetooth Low Energy'],
  [272, 'Nordic Bluetooth Low Energy'],
  [283, 'IEEE 802.15.4'],
]);

/** Name of a link type that is not supported, null for rare ones. */
export function linkTypeName(linkType: number): string | null {
  if (linkType >= 147 && linkType <= 162) return 'private use';
  return NAMES.get(linkType) ?? null;
}
