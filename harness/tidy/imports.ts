/**
 * Who may import whom: one row a room, the longest matching path wins. Imports point from harness/ to src/, and inside each
 * from the flow to the leaves. Changing the structure means changing this table, in the same commit.
 */

export interface Room {
  /** Folder or file below the root; `src/net` is every file below it. */
  readonly room: string;
  /** Rooms it may import. Its own files are always allowed. */
  readonly imports: readonly string[];
  /** Rooms of which it may use types only. */
  readonly types?: readonly string[];
  /** npm packages, `node:` stands for all built-in modules. */
  readonly packages?: readonly string[];
}

/** What every room of harness/ may need where something is wrong, or ends. */
const FAILURE = [
  'harness/failure.ts',
  'harness/package.ts',
  'harness/ends',
  'harness/files/make-folder.ts',
  'src/verdict/merge.ts',
];

const CORE_TYPES = ['src/scenario/model.ts', 'src/plan/plan.ts', 'src/ports', 'src/evidence', 'src/verdict'];

export const ROOMS: readonly Room[] = [
  { room: 'src/base', imports: [], packages: ['pure-rand', 'tinyqueue'] },
  { room: 'src/ports', imports: ['src/base'], types: CORE_TYPES },
  {
    room: 'src/scenario',
    imports: ['src/base'],
    packages: ['yaml', 'zod', 'semver', 'fastest-levenshtein'],
  },
  {
    room: 'src/plan',
    // What an API server says of an object by itself.
    imports: [
      'src/base',
      'src/scenario',
      'src/kube/api/validation.ts',
      'src/kube/api/decoding.ts',
      'src/kube/api/kinds.ts',
    ],
    packages: ['@prometheus-io/lezer-promql', 'semver', 'fastest-levenshtein', 'zod'],
  },
  { room: 'src/evidence', imports: ['src/base'], types: CORE_TYPES },
  { room: 'src/verdict', imports: ['src/base', 'src/evidence'], types: CORE_TYPES, packages: ['semver'] },
  {
    room: 'src/run',
    imports: ['src/base', 'src/evidence', 'src/verdict', 'src/plan', 'src/ports'],
    types: CORE_TYPES,
    packages: ['semver'],
  },
  { room: 'src/net', imports: ['src/base'], types: ['src/evidence'] },
  {
    room: 'src/kube',
    imports: ['src/base', 'src/net/sockets.ts'],
    types: [...CORE_TYPES],
    packages: ['semver', 'rfc6902', '@noble/hashes'],
  },
  {
    room: 'src/lab',
    // The face that programs see, and no more: a laboratory may be a real kernel.
    imports: ['src/base', 'src/net/sockets.ts'],
  },
  {
    room: 'src/sim',
    imports: ['src/base', 'src/lab', 'src/net', 'src/kube', 'src/plan', 'src/ports', 'src/evidence'],
    types: CORE_TYPES,
    packages: ['semver', 'tinyqueue'],
  },

  { room: 'harness/failure.ts', imports: [] },
  { room: 'harness/ends', imports: [] },
  { room: 'harness/package.ts', imports: [], packages: ['node:'] },
  { room: 'harness/files/make-folder.ts', imports: [], packages: ['node:'] },
  { room: 'harness/terminal', imports: [...FAILURE, 'src/base'], packages: ['node:', 'listr2', 'picocolors'] },
  { room: 'harness/files', imports: [...FAILURE, 'src/base', 'src/scenario/source.ts'], packages: ['node:'] },
  {
    room: 'harness/bundle',
    imports: [...FAILURE, 'src/base', 'src/evidence', 'src/verdict'],
    types: CORE_TYPES,
    packages: ['node:'],
  },
  { room: 'harness/journal', imports: ['harness/files/make-folder.ts'], packages: ['node:'] },
  {
    room: 'harness/netns',
    // The model's programs run here too, and the parts of the simulator that know a host by its face alone.
    imports: [
      ...FAILURE,
      'harness/journal',
      'src/base',
      'src/kube',
      'src/lab',
      'src/net/sockets.ts',
      'src/ports',
      'src/sim/measure.ts',
      'src/sim/probes.ts',
      'src/sim/testbed.ts',
      'src/sim/topology.ts',
    ],
    types: CORE_TYPES,
    packages: ['node:', 'execa'],
  },
  { room: 'harness/settings', imports: [...FAILURE, 'src/base', 'src/scenario'], packages: ['node:', 'yaml', 'zod'] },
  {
    room: 'harness/kind',
    imports: [
      ...FAILURE,
      'harness/journal',
      'harness/netns',
      'harness/settings',
      'src/base',
      'src/evidence',
      'src/kube',
      'src/plan',
      'src/scenario',
      'src/sim/measure.ts',
      'src/sim/probes.ts',
      'src/verdict/treatment.ts',
    ],
    types: CORE_TYPES,
    packages: ['node:', '@kubernetes/client-node', 'execa', 'semver', 'testcontainers', 'yaml', 'zod'],
  },
  {
    room: 'harness/backends',
    imports: [
      ...FAILURE,
      'harness/kind',
      'harness/netns',
      'harness/settings',
      'src/base',
      'src/plan/capabilities.ts',
      'src/sim',
    ],
    types: CORE_TYPES,
    packages: ['node:'],
  },
  {
    room: 'harness/reporters',
    imports: [...FAILURE, 'harness/terminal'],
    types: [...CORE_TYPES, 'src/run'],
    packages: ['yaml', 'picocolors'],
  },
  {
    room: 'harness/run',
    imports: [...FAILURE, 'harness/backends', 'harness/bundle', 'harness/reporters', 'src'],
    packages: ['node:'],
  },
  {
    room: 'harness/inspect',
    imports: [...FAILURE, 'harness/backends', 'harness/run', 'src'],
    packages: ['node:'],
  },
  {
    room: 'harness/cli',
    imports: [
      ...FAILURE,
      'harness/backends',
      'harness/bundle',
      'harness/files',
      'harness/inspect',
      'harness/journal',
      'harness/kind',
      'harness/reporters',
      'harness/run',
      'harness/settings',
      'harness/terminal',
      'src',
    ],
    packages: ['node:', 'commander'],
  },
  {
    room: 'harness/main.ts',
    imports: [...FAILURE, 'harness/cli', 'harness/terminal'],
    packages: ['node:', 'commander'],
  },
  {
    room: 'harness/bench',
    imports: [
      ...FAILURE,
      'harness/backends',
      'harness/conformance',
      'harness/files',
      'harness/inspect',
      'harness/netns',
      'harness/terminal',
      'src',
    ],
    packages: ['node:', 'execa'],
  },
  {
    room: 'harness/conformance',
    imports: [
      ...FAILURE,
      'harness/journal',
      'harness/netns',
      'harness/terminal',
      'src/base',
      'src/lab',
      'src/sim/model-lab.ts',
    ],
    packages: ['node:', 'commander', 'execa', 'yaml'],
  },
  {
    room: 'harness/conformance/kube-proxy',
    imports: [
      ...FAILURE,
      'harness/conformance',
      'harness/journal',
      'harness/netns',
      'harness/terminal',
      'src/base',
      'src/lab',
      'src/plan/objects.ts',
      'src/sim/kube-lab.ts',
      'src/sim/network.ts',
    ],
    types: CORE_TYPES,
    packages: ['node:', '@kubernetes/client-node', 'commander', 'execa', 'semver'],
  },
  {
    room: 'harness/conformance/kind',
    imports: [...FAILURE, 'harness/conformance', 'harness/kind', 'harness/netns', 'harness/terminal', 'src/base'],
    packages: ['node:', 'commander', 'execa'],
  },
  { room: 'harness/picture', imports: FAILURE, packages: ['node:', 'execa'] },
  { room: 'harness/tidy', imports: [], packages: ['node:', 'oxc-parser'] },
];
