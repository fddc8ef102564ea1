/**
 * The scenario language, version windtunnel/v1alpha1: one schema. The types, the JSON Schema and the reference page come
 * from here. What is no matter of shape (does the probe exist, is the address free) stands in the check-*.ts files and in plan/.
 */
import { z } from 'zod';
import { API_VERSION, clusterOverride } from './v1-cluster.js';
import * as s from './v1-scalars.js';
import { step, vantage, when } from './v1-steps.js';

export { type ClusterOverrideV1, clusterFile, clusterOverride } from './v1-cluster.js';
export { EXPECTATION_KINDS, type ExpectationKind, expectations } from './v1-expect.js';
export { ACTION_KINDS, type ActionKind, actions } from './v1-steps.js';

const BACKENDS = ['sim', 'netns', 'envtest', 'kind'] as const;

const metadata = z
  .strictObject({
    name: s.name.describe('Name of the scenario, unique in a run.'),
    description: z.string().optional().describe('What it shows, in a sentence.'),
    tags: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, { error: '@tag' }))
      .optional()
      .describe('Words that `--tags` selects by.'),
    owner: z.string().optional().describe('Who is asked when it fails.'),
    links: z.array(z.string()).optional().describe('Issues, reports, documents.'),
  })
  .meta({ title: 'metadata' });

const requires = z
  .strictObject({
    kubernetes: z
      .string()
      .optional()
      .describe('Range of Kubernetes versions.')
      .meta({ examples: ['>=1.28 <1.36'] }),
    backends: z.array(z.enum(BACKENDS)).min(1).optional().describe('Backends that can run it.'),
    kernelModules: z.array(z.string().min(1)).optional().describe('Modules that the kernel must have: `ip_vs`.'),
  })
  .meta({ title: 'requires' });

const axisValue = z.union([z.string(), z.number(), z.boolean()]);
const matrix = z
  .object({
    include: z
      .array(z.record(z.string(), s.oneOrMore(axisValue)))
      .optional()
      .describe('Adds keys to points, or further points.'),
    exclude: z.array(when).optional().describe('Takes points out.'),
  })
  .catchall(z.array(axisValue).min(1).describe('The values of an axis.'))
  .meta({ title: 'matrix' });

export const probe = z
  .strictObject({
    from: vantage.describe('Where it stands: a node (its host network), `{pod: NAME}`, `outside`, `gateway`.'),
    tcp: z
      .union(
        [
          z.literal('apiserver'),
          z.strictObject({ to: s.address.describe('A node or an address.'), port: s.port.describe('TCP port.') }),
        ],
        { error: '@tcp' },
      )
      .optional()
      .describe("A TCP connect: `apiserver` is what this node's kubelet dials."),
    ping: s.address.optional().describe('An ICMP echo to a node or an address.'),
    http: z.string().min(1).optional().describe("A GET; `ok` on 2xx, TLS verified by the cluster's CA."),
    arp: s.address.optional().describe('An ARP request; answers with the set of owners.'),
    every: s.duration.optional().describe('Its period.').meta({ default: '1s' }),
    timeout: s.duration.optional().describe('After this a measurement is `timeout`.').meta({ default: '3s' }),
    mode: z
      .enum(['continuous', 'step', 'edge'])
      .optional()
      .describe('When it measures: all through the case, while a step waits on it, or at the start and the end.')
      .meta({ default: 'continuous' }),
  })
  .meta({ title: 'probe' });

const arm = z
  .strictObject({
    name: s.name.describe('Name of the arm.'),
    cluster: clusterOverride.optional().describe('What it changes of the cluster.'),
    variables: z.record(z.string(), z.unknown()).optional().describe('Variables that it gives another value.'),
    expect: z
      .enum(['differs', 'same'])
      .optional()
      .describe("What its outcome must be beside the first arm's.")
      .meta({ default: 'differs' }),
  })
  .meta({ title: 'arm' });

const steps = z.array(step);

export const scenarioFile = z
  .strictObject({
    apiVersion: z.literal(API_VERSION).describe('Version of the language.'),
    kind: z.literal('Scenario').describe('Marks a scenario file.'),
    metadata: metadata.describe('What it is.'),
    requires: requires.optional().describe('What it needs; elsewhere it is skipped with that reason.'),
    matrix: matrix.optional().describe("GitHub Actions' words: axes with their values, `include`, `exclude`."),
    cluster: z
      .strictObject({
        from: z.string().min(1).describe('A cluster file, relative to this one.'),
        with: clusterOverride.optional().describe('Laid over the file.'),
      })
      .meta({ title: 'cluster' })
      .describe('What it runs on.'),
    variables: z
      .record(z.string().regex(/^[A-Za-z_][\w-]*$/, { error: '@variable' }), z.unknown())
      .optional()
      .describe('Values with a name, used as `${NAME}`.'),
    probes: z.record(s.name, probe).optional().describe('Repeated measurements, by name.'),
    steps: steps.min(1).describe('What happens, in order.'),
    catch: steps.optional().describe('Steps that run when one has failed.'),
    finally: steps.optional().describe('Steps that run at the end in any case.'),
    control: z
      .strictObject({
        sameWhen: when.optional().describe('Points on which the run without its treatment must end the same.'),
        arms: z.array(arm).optional().describe('Further arms, by what they change. They keep the treatment.'),
      })
      .meta({ title: 'control' })
      .optional()
      .describe('The runs that the first is compared with.'),
    compare: z
      .record(s.name, clusterOverride)
      .optional()
      .describe('Runs the case once a side, with the same seed, arrivals and traffic.'),
  })
  .meta({ title: 'Scenario' });

export type ScenarioV1 = z.infer<typeof scenarioFile>;
export type ProbeV1 = z.infer<typeof probe>;
