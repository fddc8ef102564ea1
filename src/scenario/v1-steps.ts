/** Steps and their actions. That a step has one action is no matter of shape: check-steps.ts tells it. */
import { z } from 'zod';
import { expectation } from './v1-expect.js';
import * as s from './v1-scalars.js';

export const when = z.record(z.string(), s.oneOrMore(z.union([z.string(), z.number(), z.boolean()]))).meta({
  id: 'condition',
  title: 'condition',
  examples: [{ proxyMode: ['iptables', 'nftables'] }, { kubernetes: '>=1.28 <1.36' }],
});

const manifest = z
  .looseObject({
    apiVersion: z.string().min(1).describe('As in any manifest.'),
    kind: z.string().min(1).describe('As in any manifest.'),
    metadata: z.looseObject({ name: z.string().min(1).describe('Name.') }).describe('As in any manifest.'),
    repeat: s.integer(1).optional().describe('Applies the object this many times, `${index}` in it running from 1.'),
  })
  .meta({ title: 'object' });

const manifestFile = z
  .strictObject({
    file: z.string().min(1).describe('A manifest file, relative to this one.'),
    repeat: s.integer(1).optional().describe('Applies its objects this many times, `${index}` running from 1.'),
  })
  .meta({ title: 'manifest file' });

const objectRef = z
  .looseObject({
    apiVersion: z.string().min(1).optional().describe('May be left out for well-known kinds.'),
    kind: z.string().min(1).describe('Kind.'),
    name: z.string().min(1).optional().describe('Name; or `metadata.name` as in a manifest.'),
    namespace: z.string().optional().describe('Namespace.').meta({ default: 'default' }),
    metadata: z
      .looseObject({ name: z.string().describe('Name.') })
      .optional()
      .describe('Where a whole manifest stands here.'),
  })
  .meta({ title: 'object reference' });

const vantage = z
  .union(
    [
      s.node,
      z
        .strictObject({
          pod: z.string().describe('Name of the pod.'),
          namespace: z.string().optional().describe('Its namespace.').meta({ default: 'default' }),
        })
        .meta({ title: 'pod' }),
    ],
    {
      error: '@vantage',
    },
  )
  .meta({ id: 'vantage', title: 'vantage', examples: ['worker-1', { pod: 'client' }, 'outside', 'gateway'] });

export { vantage };

const bind = {
  address: s.address.describe('The address, bound as /32.'),
  on: s.oneOrMore(s.node).describe('Each of these hosts.'),
  device: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9._-]{0,14}$/, { error: '@device' })
    .describe('The device.'),
  every: s.duration.optional().describe('Repeats it at this period.'),
  until: z
    .strictObject({
      route: s
        .choice('local', 'unicast', 'broadcast', 'unreachable')
        .describe('Type of `ip route get ADDRESS` on each host.'),
      for: s.duration.describe('For how long.'),
    })
    .meta({ title: 'until' })
    .optional()
    .describe('Ends the repetition.'),
  timeout: s.duration.optional().describe('Ends the step with a failure.'),
};

const flowEnd = z
  .union(
    [
      z.enum(['outside', 'gateway']),
      z.strictObject({ node: s.node.describe('A node.') }),
      z.strictObject({ pod: z.string().describe('A pod by name.') }),
    ],
    {
      error: '@flowEnd',
    },
  )
  .meta({ title: 'end of a flow', examples: ['outside', { node: 'worker-2' }] });

const traffic = z
  .strictObject({
    name: s.name.describe('Name of the flow.'),
    from: flowEnd.describe('Who sends.'),
    to: flowEnd.describe('Who receives.'),
    protocol: z.enum(['tcp', 'udp']).optional().describe('What carries it.').meta({ default: 'tcp' }),
    rate: s.rate.optional().describe('Rate on the wire.'),
    size: s.size.optional().describe('Ends after this much.'),
    duration: s.duration.optional().describe('Ends after this long.'),
  })
  .meta({ title: 'traffic' });

const schedule = z
  .strictObject({
    pods: s.integer(1).describe('How many pods arrive.'),
    over: s.duration.optional().describe('Evenly over this time.'),
    rate: s.arrivalRate.optional().describe('Or at this rate.'),
    arrivals: z.enum(['even', 'poisson']).optional().describe('How they are spread.').meta({ default: 'even' }),
    sends: z
      .strictObject({ to: flowEnd.describe('Who receives.'), rate: s.rate.describe('Rate on the wire.') })
      .meta({ title: 'sends' })
      .optional()
      .describe('What each pod sends once it runs.'),
    template: z.looseObject({}).describe('The pod, as `template` of a Deployment.'),
  })
  .meta({ title: 'schedule' });

export const actions = {
  apply: z
    .array(z.union([z.string().min(1), manifestFile, manifest], { error: '@manifest' }))
    .min(1)
    .describe('Creates or updates objects: manifest files, relative to this one, or objects.'),
  delete: z
    .array(z.union([z.string().min(1), objectRef], { error: '@manifest' }))
    .describe('Deletes objects: those of manifest files, or objects by name.'),
  patch: z
    .strictObject({
      apiVersion: z.string().optional().describe('May be left out for well-known kinds.'),
      kind: z.string().describe('Kind.'),
      name: z.string().describe('Name.'),
      namespace: z.string().optional().describe('Namespace.').meta({ default: 'default' }),
      merge: z.record(z.string(), z.unknown()).optional().describe('A JSON merge patch (RFC 7386).'),
      json: z
        .array(
          z.looseObject({
            op: z.string().describe('add, remove, replace, move, copy or test.'),
            path: z.string().describe('A JSON pointer.'),
          }),
        )
        .optional()
        .describe('A JSON patch (RFC 6902).'),
    })
    .meta({ title: 'patch' })
    .describe('Changes an object.'),
  bind: z.strictObject(bind).meta({ title: 'bind' }).describe('Puts an address on a device, once or again and again.'),
  unbind: z.strictObject(bind).meta({ title: 'unbind' }).describe('Takes an address off a device.'),
  traffic: traffic.describe('Starts a flow.'),
  schedule: schedule.describe('Lets pods arrive.'),
  upgrade: z
    .strictObject({
      what: z.enum(['kube-proxy', 'scheduler']).describe('What is replaced.'),
      to: z.string().min(1).describe('By which version.'),
    })
    .meta({ title: 'upgrade' })
    .describe('Replaces a component by another version.'),
  capture: z
    .strictObject({
      on: s.oneOrMore(vantage).describe('Where it listens.'),
      filter: z.string().optional().describe('A pcap filter: `arp and host 192.168.0.11`.').meta({ default: '' }),
      for: s.duration.describe('For how long.'),
      as: s.name.describe('Name by which `captured` finds it.'),
      device: z.string().optional().describe('One device; without it all of them.'),
    })
    .meta({ title: 'capture' })
    .describe('Records packets.'),
  sleep: s.duration.describe('Waits.'),
} as const;

export type ActionKind = keyof typeof actions;
export const ACTION_KINDS = Object.keys(actions) as readonly ActionKind[];

export const step = z
  .strictObject({
    name: z.string().min(1).optional().describe('What the step is, in words.'),
    when: when.optional().describe('Runs only on these points of the matrix.'),
    treatment: z.boolean().optional().describe('Left out on the control arm.').meta({ default: false }),
    timeout: s.duration
      .optional()
      .describe('The step fails after this long; without it, a flow that is not seen for 40 s.'),
    apply: actions.apply.optional(),
    refused: z
      .string()
      .min(1)
      .optional()
      .describe(
        'With `apply`: passes only when the API refuses it with this part in its message, and nothing was stored.',
      ),
    delete: actions.delete.optional(),
    patch: actions.patch.optional(),
    bind: actions.bind.optional(),
    unbind: actions.unbind.optional(),
    traffic: actions.traffic.optional(),
    schedule: actions.schedule.optional(),
    upgrade: actions.upgrade.optional(),
    capture: actions.capture.optional(),
    sleep: actions.sleep.optional(),
    expect: z.array(expectation).min(1).optional().describe('Expectations; they start together, after the action.'),
  })
  .meta({ id: 'step', title: 'step' });
