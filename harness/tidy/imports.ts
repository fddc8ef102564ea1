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

const CORE_TYPES = ['src/scenario/model.ts', 'src/plan/plan.ts', 'src/ports', 'src/evidence', 'src/verdict'];

export const ROOMS: readonly Room[] = [
  { room: 'src/base', imports: [], packages: ['pure-rand', 'tinyqueue'] },
  { room: 'src/ports', imports: ['src/base'], types: CORE_TYPES },
  {
    room: 'src/scenario',
    imports: ['src/base'],
    packages: ['yaml', 'zod', 'semver', 'fastest-levenshtein'],
  },
  { room: 'src/plan', imports: ['src/base', 'src/scenario'], packages: ['semver', 'fastest-levenshtein'] },
  { room: 'src/evidence', imports: ['src/base'], types: [...CORE_TYPES, 'src/net/packet.ts'] },
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
    packages: ['semver', 'rfc6902'],
  },
  {
    room: 'src/sim',
    imports: ['src/base', 'src/net', 'src/kube', 'src/plan', 'src/ports', 'src/evidence'],
    types: CORE_TYPES,
    packages: ['semver', 'tinyqueue'],
  },

  { room: 'harness/tidy', imports: [], packages: ['node:', 'oxc-parser'] },
  { room: 'harness/terminal', imports: [], packages: ['node:', 'picocolors'] },
  { room: 'harness/bundle', imports: ['src/base', 'src/plan'], types: CORE_TYPES, packages: ['node:'] },
  {
    room: 'harness/backends',
    imports: ['src/base', 'src/sim'],
    types: CORE_TYPES,
    packages: ['node:'],
  },
];
