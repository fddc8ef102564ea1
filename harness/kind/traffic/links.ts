/**
 * The rates of the nodes' links, by the kernel: a token bucket on both ends of the pair that joins a node to its bridge, its own eth0 for
 * what it sends, and the other end, in the network of the machine that runs the containers, for what it gets. So an interface counts what
 * has passed, in both directions. Where the kernel or the daemon allows one of them only, or none, that is told and nothing fails.
 * The bucket counts every segment with its headers; an interface of a pair counts them less often: 1 Gbps of link is 957 Mbps there.
 */
import { commandFailure, type Docker, type Ran } from '../docker.js';
import { LABEL } from '../names.js';
import { rateText } from '../rounded.js';

export interface LimitedNode {
  readonly name: string;
  readonly container: string;
  readonly linkRateBps: number;
}

type Place = Pick<LimitedNode, 'container'>;

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
const LIMITED = /^qdisc tbf /m;
const STAY = 'the links stay limited';

/** The discipline of a link; `replace` makes it what it shall be, whatever it was. */
export function bucketArgs(device: string, rateBps: number): readonly string[] {
  const burst = Math.max(BURST_MIN_BYTES, Math.ceil((rateBps / 8 / 1000) * BURST_MS));
  const bucket = ['tbf', 'rate', `${Math.round(rateBps)}bit`, 'burst', String(burst), 'latency', LATENCY];
  return ['qdisc', 'replace', 'dev', device, 'root', ...bucket];
}

const removalArgs = (device: string) => ['qdisc', 'del', 'dev', device, 'root'];
/** Nothing stands there: a node that was made anew has another pair, without a bucket, and one that is stopped has none. */
const NOTHING =
  /handle of zero|No such file or directory|Cannot find device|No such (?:container|object)|no interface \d+|container \S+ is not running/i;
/** Before anything of the container ran. */
const NOT_STARTED = /^docker: /m;
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
  const whyNotIn = whyNotOut === undefined ? await outside.limit(nodes) : whyNotOut;
  const notes = notesOf(nodes, whyNotOut, whyNotIn);
  for (const note of notes) say(note);
  // What could be limited goes again; of what could not it is told already.
  if (whyNotOut !== undefined) await freeNodes(docker, nodes);
  const undo = async () => {
    if (whyNotOut === undefined) await free(docker, nodes, outside);
  };
  return { notes, undo };
}

/** Those of which tc shows a bucket. Throws a {@link Failure} where one that runs cannot be asked. */
export async function limitedNodes<T extends Place>(docker: Docker, nodes: readonly T[]): Promise<readonly T[]> {
  const args = ['tc', 'qdisc', 'show', 'dev', 'eth0'];
  const shown = await Promise.all(nodes.map(({ container }) => docker.exec(container, args)));
  return nodes.filter((node, index) => {
    const ran = shown[index];
    if (ran && reasonOf(ran, NOTHING) !== undefined)
      throw commandFailure('docker', ['exec', node.container, ...args], ran);
    return LIMITED.test(ran?.stdout ?? '');
  });
}

/** Frees what another run has limited. Throws where an end cannot be reached: then a node's eth0 tells still that there is something to free. */
export async function freeLinks(docker: Docker, nodes: readonly Place[], label: string): Promise<void> {
  const outside = new OtherEnds(docker, nodes, label);
  const unread = await outside.find();
  if (unread !== undefined) throw new Error(`${STAY}: ${unread}`);
  await free(docker, nodes, outside);
}

/** A node's eth0 goes last: by it a later run knows that there is something to free. */
async function free(docker: Docker, nodes: readonly Place[], outside: OtherEnds): Promise<void> {
  const problem = (await outside.undo()) ?? (await freeNodes(docker, nodes));
  if (problem !== undefined) throw new Error(`${STAY}: ${problem}`);
}

async function freeNodes(docker: Docker, nodes: readonly Place[]): Promise<string | undefined> {
  const removals = nodes.map(({ container }) => docker.exec(container, ['tc', ...removalArgs('eth0')]));
  const reasons = (await Promise.all(removals)).map((ran) => reasonOf(ran, NOTHING));
  return reasons.find((reason) => reason !== undefined);
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

/** Of a pair; without an index, why: it cannot be read, or there is none. */
interface OtherEnd {
  readonly index?: number;
  readonly unread?: string | undefined;
  readonly none?: string | undefined;
}

/** The bridge's ends of the pairs, by a container in the network of the machine. */
class OtherEnds {
  /** Of the interfaces there that may be limited. */
  #indices: readonly number[] = [];
  /** Kept: the node may be gone when the others are freed. */
  #image: string | undefined;

  constructor(
    readonly docker: Docker,
    readonly nodes: readonly Place[],
    readonly label: string,
  ) {}

  /** All of them, or why not. */
  async limit(nodes: readonly LimitedNode[]): Promise<string | undefined> {
    const found: { readonly index: number; readonly rateBps: number }[] = [];
    for (const { container, linkRateBps } of nodes) {
      const { index, unread, none } = await this.#otherEnd(container);
      if (index === undefined) return unread ?? none;
      found.push({ index, rateBps: linkRateBps });
    }
    this.#indices = found.map(({ index }) => index);
    const ran = await this.#there(found.map(({ index, rateBps }) => ({ index, args: bucketArgs(DEVICE, rateBps) })));
    const reason = ran && reasonOf(ran);
    if (ran && reason !== undefined) {
      if (!ran.timedOut && NOT_STARTED.test(ran.stderr)) this.#indices = [];
      // What does not go now goes in the end, or is told then.
      await this.undo();
    }
    return reason;
  }

  /** Where they are, of those that there are; why one could not be asked for. */
  async find(): Promise<string | undefined> {
    const found = await Promise.all(this.nodes.map(({ container }) => this.#otherEnd(container)));
    this.#indices = found.flatMap(({ index = [] }) => index);
    return found.find(({ unread }) => unread !== undefined)?.unread;
  }

  async #otherEnd(container: string): Promise<OtherEnd> {
    const files = ['/sys/class/net/eth0/iflink', '/sys/class/net/eth0/ifindex'];
    const ran = await this.docker.exec(container, ['cat', ...files]);
    if (ran.code !== 0) {
      const why = reasonOf(ran);
      return reasonOf(ran, NOTHING) === undefined ? { none: why } : { unread: why };
    }
    const [index, own] = ran.stdout.trim().split('\n').map(Number);
    if (index === undefined || Number.isNaN(index)) return { none: `eth0 of ${container} has no other end` };
    // An interface that is no pair's names itself.
    return index === own ? { none: `eth0 of ${container} is no end of a pair` } : { index };
  }

  async undo(): Promise<string | undefined> {
    const ran = await this.#there(this.#indices.map((index) => ({ index, args: removalArgs(DEVICE) })));
    const reason = ran && reasonOf(ran, NOTHING);
    if (reason === undefined) this.#indices = [];
    return reason;
  }

  /** All in one container, of the image that a node runs: it has tc. Undefined where there is nothing to do. */
  async #there(calls: readonly { readonly index: number; readonly args: readonly string[] }[]) {
    if (calls.length === 0) return undefined;
    const without = this.#image === undefined ? await this.#findImage() : undefined;
    if (this.#image === undefined) return without;
    const lines = calls.map(({ index, args }) => `on ${index} ${args.join(' ')}`);
    const script = [FUNCTION, ...lines, 'exit $failed'].join('\n');
    const rights = ['--network', 'host', '--cap-add', 'NET_ADMIN', '--label', `${LABEL}=${this.label}`];
    const args = ['run', '--rm', '--pull', 'never', ...rights, '--entrypoint', 'sh', this.#image, '-c', script];
    return this.docker.run(args);
  }

  /** What was said where there is none: of nodes one may be gone, or all. */
  async #findImage(): Promise<Ran | undefined> {
    let gone: Ran | undefined;
    for (const { container } of this.nodes) {
      const inspected = await this.docker.run(['inspect', '--format', '{{.Image}}', container]);
      if (inspected.code === 0) {
        this.#image = inspected.stdout.trim();
        return undefined;
      }
      if (reasonOf(inspected, NOTHING) !== undefined) return inspected;
      gone = inspected;
    }
    return gone;
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
