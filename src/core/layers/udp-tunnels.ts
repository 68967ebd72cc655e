import {
  LAYER_AYIYA,
  LAYER_CAPWAP,
  LAYER_GENEVE,
  LAYER_GRE,
  LAYER_GTP_U,
  LAYER_L2TP,
  LAYER_MPLS,
  LAYER_TEREDO,
  LAYER_VXLAN,
} from './layer-ids.js';

/**
 * UDP port to the layer id of the tunnel usually found there, LAYER_END for the others. The port is only a hint: the
 * layer looks at the content, and ends decoding without an anomaly where it is something else.
 */
export const UDP_TUNNELS = new Uint8Array(0x10000);

UDP_TUNNELS[1701] = LAYER_L2TP;
UDP_TUNNELS[2152] = LAYER_GTP_U;
UDP_TUNNELS[3386] = LAYER_GTP_U;
UDP_TUNNELS[3544] = LAYER_TEREDO;
UDP_TUNNELS[4754] = LAYER_GRE;
UDP_TUNNELS[4789] = LAYER_VXLAN;
UDP_TUNNELS[4790] = LAYER_VXLAN;
UDP_TUNNELS[5072] = LAYER_AYIYA;
UDP_TUNNELS[5247] = LAYER_CAPWAP;
UDP_TUNNELS[6081] = LAYER_GENEVE;
UDP_TUNNELS[6635] = LAYER_MPLS;
// Linux used 8472 for VXLAN before IANA assigned 4789; flannel still does.
UDP_TUNNELS[8472] = LAYER_VXLAN;
