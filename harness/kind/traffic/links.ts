/**
 * The rates of the nodes' links, by the kernel: a token bucket on both ends of the pair that joins a node to its bridge, its own eth0 for
 * what it sends, and the other end, in the network of the machine that runs the containers, for what it gets. So an interface counts what
 * has passed, in both directions. Where the kernel or the daemon allows one of them only, or none, that is told and nothing fails.
 * The bucket counts every segment with its headers; an interface of a pair counts them less often: 1 Gbps of link is 957 Mbps there.
 */
import type { Docker, Ran } from '../docker.js';
import { LABEL } from '../names.js';
import { rateText } from '../rounded.js';

export interface LimitedNode {
  readonly name: string;
  readonly container: string;
  readonly linkRateBps: number;
}

export interface LinksPlan {
  readonly docker: Docker;
  readonly nodes: readonly LimitedNode[];
  /** The cluster's, for what is started for a moment. */
  readonly label: string;
  readonly say: (text: string) => void;
}

export interface Links {
  /** What is limited, and what is not and why. */
  readonly notes: readonly string[];
  /** Twice is no error. */
  undo(): Promise<void>;
}

/** So much is sent at once: with less a processor that is woken late does not reach the rate. */
const BURST_MS = 10;
/** The kernel hands down segments of 64 KB, and cuts to pieces what is greater than the bucket. */
const BURST_MIN_BYTES = 256 * 1024;
const LATENCY = '20ms';

/** The discipline of a link; `replace` makes it what it shall be, whatever it was. */
export function bucketArgs(device: string, rateBps: number): readonly string[] {
  const burst = Math.max(BURST_MIN_BYTES, Math.ceil((rateBps / 8 / 1000) * BURST_MS));
  const bucket = ['tbf', 'rate', `${Math.round(rateBps)}bit`, 'burst', String(burst), 'latency', LATENCY];
  return ['qdisc', 'replace', 'dev', device, 'root', ...bucket];
}

const removalArgs = (device: string) => ['qdisc', 'del', 'dev', device, 'root'];
/** Nothing stands there: a node that was made anew has another pair, without a bucket. */
const NOTHING =
  /handle of zero|No such file or directory|Cannot find device|No such (?:container|object)|no interface \d+/i;
const BY_DOCKER =
  /^docker: |from daemon|Docker daemon|No such (?:container|object)|OCI runtime|container \S+ is not running/i;
/** Programs, and the script of ours, that say who they are, or that need not. */
const BY_ITSELF = /^(?:cat|sh|no interface)\b/;

/** Why it did not go, and who says so, but for what is `ignored`; undefined where it went. */
function reasonOf({ code, stdout, stderr, timedOut }: Ran, ignored?: RegExp): string | undefined {
  if (code === 0) return undefined;
  if (timedOut) return 'Docker gave no answer in time';
  const lines = `${stderr}\n${stdout}`.trim().split('\n');
  const line = lines.find((line) => !ignored?.test(line));
  if (line === undefined) return undefined;
  if (line === '') return `Docker ended with ${code ?? 'no exit code'}`;
  if (BY_ITSELF.test(line)) return line;
  return `${BY_DOCKER.test(line) ? 'Docker' : 'tc'} says ${line}`;
}

/** Never rejects for what tc or Docker says; what could be set is set. */
export async function limitLinks({ docker, nodes, label, say }: LinksPlan): Promise<Links> {
  const out = await Promise.all(
    nodes.map(async ({ container, linkRateBps }) =>
      reasonOf(await docker.exec(container, ['tc', ...bucketArgs('eth0', linkRateBps)])),
    ),
  );
  const whyNotOut = out.find((reason) => reason !== undefined);
  const outside = new OtherEnds(docker, nodes, label);
  const whyNotIn = whyNotOut === undefined ? await outside.limit() : whyNotOut;
  const notes = notesOf(nodes, whyNotOut, whyNotIn);
  for (const note of notes) say(note);
  const undo = async () => {
    const removals = nodes.map(({ container }) => docker.exec(container, ['tc', ...removalArgs('eth0')]));
    const reasons = (await Promise.all(removals)).map((ran) => reasonOf(ran, NOTHING));
    const problem = [...reasons, await outside.undo()].find((reason) => reason !== undefined);
    if (whyNotOut === undefined && problem !== undefined) throw new Error(`the links stay limited: ${problem}`);
  };
  if (whyNotOut !== undefined) await undo();
  return { notes, undo };
}

function notesOf(
  nodes: readonly LimitedNode[],
  whyNotOut: string | undefined,
  whyNotIn: string | undefined,
): readonly string[] {
  if (nodes.length === 0) return [];
  if (whyNotOut !== undefined) return [`links are not limited: ${whyNotOut}`];
  const rates = [...new Set(nodes.map(({ linkRateBps }) => linkRateBps))].sort((a, b) => a - b);
  const parts = rates.map((rate) => {
    const names = nodes.filter(({ linkRateBps }) => linkRateBps === rate).map(({ name }) => name);
    return `${rateText(rate)} for ${names.join(', ')}`;
  });
  const way = whyNotIn === undefined ? 'in both directions' : `on the way out only (the other way: ${whyNotIn})`;
  return [`links are limited ${way}, by tc: ${parts.join('; ')}`];
}

/** The bridge's ends of the pairs, by a container in the network of the machine. */
class OtherEnds {
  /** Of the interfaces there that were limited. */
  #indices: readonly { readonly index: number; readonly rateBps: number }[] = [];
  /** Kept: the node may be gone when the others are freed. */
  #image: string | undefined;

  constructor(
    readonly docker: Docker,
    readonly nodes: readonly LimitedNode[],
    readonly label: string,
  ) {}

  async limit(): Promise<string | undefined> {
    const indices: { readonly index: number; readonly rateBps: number }[] = [];
    for (const { container, linkRateBps } of this.nodes) {
      const ran = await this.docker.exec(container, [
        'cat',
        '/sys/class/net/eth0/iflink',
        '/sys/class/net/eth0/ifindex',
      ]);
      const [peer, own] = ran.stdout.trim().split('\n').map(Number);
      if (ran.code !== 0) return reasonOf(ran);
      if (peer === undefined || Number.isNaN(peer)) return `eth0 of ${container} has no other end`;
      // An interface that is no pair's names itself.
      if (peer === own) return `eth0 of ${container} is no end of a pair`;
      indices.push({ index: peer, rateBps: linkRateBps });
    }
    this.#indices = indices;
    const ran = await this.#there(indices.map(({ index, rateBps }) => ({ index, args: bucketArgs(DEVICE, rateBps) })));
    const reason = ran && reasonOf(ran);
    if (reason !== undefined) await this.undo();
    return reason;
  }

  async undo(): Promise<string | undefined> {
    const indices = this.#indices;
    this.#indices = [];
    const ran = await this.#there(indices.map(({ index }) => ({ index, args: removalArgs(DEVICE) })));
    return ran && reasonOf(ran, NOTHING);
  }

  /** All in one container, of the image that a node runs: it has tc. Undefined where there is nothing to do. */
  async #there(calls: readonly { readonly index: number; readonly args: readonly string[] }[]) {
    const [node] = this.nodes;
    if (!node || calls.length === 0) return undefined;
    if (this.#image === undefined) {
      const image = await this.docker.run(['inspect', '--format', '{{.Image}}', node.container]);
      if (image.code !== 0) return image;
      this.#image = image.stdout.trim();
    }
    const lines = calls.map(({ index, args }) => `on ${index} ${args.join(' ')}`);
    const script = [FUNCTION, ...lines, 'exit $failed'].join('\n');
    const rights = ['--network', 'host', '--cap-add', 'NET_ADMIN', '--label', `${LABEL}=${this.label}`];
    const args = ['run', '--rm', '--pull', 'never', ...rights, '--entrypoint', 'sh', this.#image, '-c', script];
    return this.docker.run(args);
  }
}

/** Stands for the name, which is known there. */
const DEVICE = 'DEVICE';
/** Runs tc for the interface of an index; only a pair's end on a bridge is touched. */
const FUNCTION = `failed=0
on() {
  index=$1; shift
  device=$(ip -o link show type veth | sed -n "s/^$index: \\([^@:]*\\)@.* master .*/\\1/p")
  [ -n "$device" ] || { echo "no interface $index on a bridge of the machine" >&2; failed=1; return; }
  set -- $(echo "$@" | sed "s/DEVICE/$device/")
  tc "$@" || failed=1
}`;
