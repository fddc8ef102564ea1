/** A packet on its way through one host's stack, with what the stack remembers about it (struct sk_buff). */
import type { Ipv4 } from '../base/ip.js';
import type { Connection } from './conntrack.js';
import type { Device } from './device.js';
import type { Ipv4Packet } from './packet.js';

export interface Skb {
  packet: Ipv4Packet;
  /** The tracked connection and the packet's direction in it; absent where nothing tracks. */
  connection?: { readonly entry: Connection; readonly direction: 'original' | 'reply' };
  /** The source that an ICMP error about a translated packet gets on its way out. */
  errorSource?: Ipv4;
  /** Mark 0x4000 of KUBE-MARK-MASQ. */
  masquerade: boolean;
  /** Made on this host: its errors come back to a program here. */
  readonly locallyMade: boolean;
  /** Arrived over lo with its output route kept, so that input routing and source validation do not happen again. */
  looped: boolean;
  /** The sender has proof that the next hop answers (sk_dst_confirm). */
  readonly confirmsNeighbour: boolean;
  readonly inDevice?: Device;
}

/** A packet's drop, told to whoever watches: the host, the reason, the packet. */
export type DropObserver = (reason: string, packet: Ipv4Packet) => void;
