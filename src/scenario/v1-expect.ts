/** The expectations: each is known by its first word. One schema a word; the words' order is the order of the page. */
import { z } from 'zod';
import { conditionMeant } from './node-conditions.js';
import * as s from './v1-scalars.js';

export const CAUSES = [
  'externalip-is-node-address',
  'externalip-is-gateway',
  'port-hijack',
  'loadbalancer-ip-is-node-address',
  'kube-proxy-gone',
  'none',
] as const;

const timed = {
  within: s.duration.optional().describe('It must come true within this time.'),
  for: s.duration.optional().describe('It must hold for this long: from now, or from a moment within `within`.'),
  side: s.name.optional().describe('Judged on this side of `compare`.'),
};

const nodes = (text: string) => s.oneOrMore(s.node).describe(text);
const labels = z.record(z.string(), z.string()).meta({ title: 'labels', examples: [{ app: 'web' }] });
const present = s.flag.optional().describe('Whether it must be there.').meta({ default: true });

const OUTCOME = 'ok|timeout|refused|reset|host-unreachable|net-unreachable|wrong-host|tls-error|http-\\d{3}';

const outcome = z
  .string({ error: '@outcome' })
  .regex(new RegExp(`^(?:${OUTCOME})$|${s.REFERENCE}`), {
    error: '@outcome',
  })
  .meta({ title: 'outcome' });

export const expectations = {
  probe: z.strictObject({
    probe: z.string().describe('A probe by its name.'),
    is: s
      .oneOrMore(outcome)
      .describe(
        'Any of `ok timeout refused reset host-unreachable net-unreachable wrong-host tls-error http-NNN`, for every sample.',
      ),
    ...timed,
  }),
  node: z.strictObject({
    node: nodes('Each of these nodes.'),
    condition: z
      .string()
      .min(1)
      .refine((text) => conditionMeant(text) === undefined, { error: '@condition' })
      .describe('A condition of the Node object: `Ready`.'),
    is: s.oneOrMore(s.choice('True', 'False', 'Unknown')).describe('Its status, in quotes.'),
    ...timed,
  }),
  lease: z.strictObject({
    lease: nodes('The lease of each of these nodes.'),
    age: s.durationComparison.describe('Time since its last renewal.'),
    ...timed,
  }),
  address: z.strictObject({
    address: s.address.describe('An address that a host holds, on any device or on `device`.'),
    on: nodes('Each of these hosts.'),
    device: z.string().optional().describe('The device.'),
    present,
    ...timed,
  }),
  route: z.strictObject({
    route: z
      .strictObject({ from: nodes('Each of these hosts asks.'), to: s.address.describe('A node or an address.') })
      .describe('`ip route get`.'),
    type: s
      .oneOrMore(s.choice('local', 'unicast', 'broadcast', 'unreachable'))
      .optional()
      .describe('Any of these types of route.'),
    device: z.string().optional().describe('The device it leaves by.'),
    ...timed,
  }),
  virtualServer: z.strictObject({
    virtualServer: z
      .string()
      .regex(new RegExp(`^\\S+:\\d{1,5}$|${s.REFERENCE}`), { error: '@virtualServer' })
      .describe('An IPVS virtual server, `IP:PORT`.'),
    on: nodes('Each of these hosts.'),
    realServers: s.comparison.optional().describe('Number of its real servers.'),
    present,
    ...timed,
  }),
  neighbour: z.strictObject({
    neighbour: z
      .strictObject({ on: nodes('Each of these hosts.'), of: s.address.describe('A node or an address.') })
      .describe('An entry of the ARP table.'),
    state: s
      .oneOrMore(s.choice('NONE', 'INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE', 'FAILED', 'PERMANENT', 'NOARP'))
      .describe('Any of these states; `NONE` where there is no entry.'),
    ...timed,
  }),
  arpOwners: z.strictObject({
    arpOwners: s.address.describe('Who answers an ARP request for this address, asked by `outside`.'),
    nodes: z.array(s.node).describe('Exactly these hosts.'),
    ...timed,
  }),
  connection: z.strictObject({
    connection: z
      .strictObject({
        from: s.node.describe('The host that opened it.'),
        to: s.address.describe('A node or an address.'),
        port: s.port.describe('TCP port.'),
      })
      .describe('A TCP connection opened at bring-up and left idle; one byte is sent when it is judged.'),
    is: s.oneOrMore(s.choice('established', 'reset', 'silent')).describe('What came of the byte.'),
    ...timed,
  }),
  pods: z.strictObject({
    pods: labels.describe('Pods with these labels.'),
    namespace: z.string().optional().describe('Their namespace.').meta({ default: 'default' }),
    phase: s
      .oneOrMore(s.choice('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'))
      .optional()
      .describe('Any of these phases.'),
    ready: s.flag.optional().describe('Whether each is Ready.'),
    evicted: s.flag.optional().describe('Whether each is being evicted.'),
    count: s.comparison.optional().describe('How many there are.'),
    ...timed,
  }),
  log: z.strictObject({
    log: z
      .strictObject({
        of: z.string().describe('Component: `kubelet`, `kube-proxy`, `kernel`.'),
        on: s.node.describe('Node.'),
      })
      .describe('Log lines of a component, written since the step began.'),
    matches: z.string().min(1).describe('A regular expression that one line matches.'),
    ...timed,
  }),
  captured: z.strictObject({
    captured: z.string().describe('The `as` of a capture in an earlier step.'),
    count: s.comparison.describe('Number of packets.'),
    ...timed,
  }),
  cause: z.strictObject({
    cause: s.oneOrMore(z.enum(CAUSES)).describe("The verdict's own diagnosis, made from evidence: any of these."),
    names: z.array(z.string()).optional().describe('What the diagnosis must mention, all of it.').meta({ default: [] }),
    ...timed,
  }),
  promql: z.strictObject({
    promql: z.string().min(1).describe('An instant query.'),
    value: s.comparison.describe('Its value.'),
    ...timed,
  }),
  placement: z.strictObject({
    placement: labels.describe('Pods with these labels.'),
    on: nodes('Those on these nodes.').optional(),
    count: s.comparison.optional().describe('How many.'),
    scheduled: s.integer(0).optional().describe('How many have a node.'),
    plugin: z.string().optional().describe('A score plugin.'),
    ran: s.flag.optional().describe('Whether it scored at least two nodes for every pod.'),
    margin: s.comparison
      .optional()
      .describe("For every pod the plugin's weighted points of the winner minus those of the runner-up, or of `over`."),
    over: s.node.optional().describe('The node that `margin` compares with.'),
    ...timed,
  }),
  moved: z.strictObject({
    moved: labels.describe('Pods with these labels whose node differs between the sides of `compare`.'),
    count: s.comparison.optional().describe('How many.'),
    explained: z.enum(['all']).optional().describe('`all`: each with the plugin, its scores and its inputs.'),
    ...timed,
  }),
  linkUtilisation: z.strictObject({
    linkUtilisation: z.enum(['max', 'mean', 'min']).describe('Over the links of all nodes.'),
    value: s.comparison.describe('As a fraction of the rate; `"<a"` compares with the other side.'),
    ...timed,
  }),
} as const;

export type ExpectationKind = keyof typeof expectations;
export type ExpectationV1 = { [K in ExpectationKind]: z.infer<(typeof expectations)[K]> }[ExpectationKind];

export const EXPECTATION_KINDS = Object.keys(expectations) as readonly ExpectationKind[];

const all: readonly z.ZodType[] = Object.values(expectations);
all.forEach((schema, index) => {
  z.globalRegistry.add(schema, {
    id: `${EXPECTATION_KINDS[index]}Expectation`,
    title: `${EXPECTATION_KINDS[index]} expectation`,
  });
});

/** Any of them. A wrong one is explained by its first word, not by all alternatives. */
export const expectation = z.union(all as [z.ZodType<ExpectationV1>, z.ZodType<ExpectationV1>]);
