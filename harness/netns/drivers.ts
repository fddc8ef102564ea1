/** Which kernel an arm gets: user-mode Linux where its package is, else this machine's own; WINDTUNNEL_KERNEL=uml or own decides. */
import type { ArmSpec } from '../../src/plan/plan.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import type { Kernel } from './kernel.js';
import { ABILITY_NAMES, missingAbilities, ownKernel } from './own-kernel.js';
import { bootGuest } from './uml.js';
import { findUmlPackage, hasUmlPackage } from './uml-package.js';

type Driver = 'uml' | 'own';

/** Undefined where the user has not chosen. Throws for a word that is neither. */
function chosen(): Driver | undefined {
  const word = process.env.WINDTUNNEL_KERNEL;
  if (word === undefined || word === 'uml' || word === 'own') return word;
  throw new Failure(ExitCode.usage, `WINDTUNNEL_KERNEL=${word} is no kernel`, 'uml or own');
}

/** What only kube-proxy's IPVS mode and addresses on dummy devices need. */
const FOR_IPVS = ['ip_vs', 'dummy', 'xt_set'];

function neededBy({ cluster }: ArmSpec): readonly string[] {
  const rules = cluster.kubernetes !== undefined && cluster.kubeProxy.mode !== 'ipvs';
  return rules ? ABILITY_NAMES.filter((name) => !FOR_IPVS.includes(name)) : ABILITY_NAMES;
}

/** Throws a {@link Failure} where there is none, with what is missing. */
export function kernelFor(arm: ArmSpec): Promise<Kernel> {
  const driver = chosen() ?? (hasUmlPackage() ? 'uml' : 'own');
  return driver === 'uml' ? bootGuest() : ownKernel(neededBy(arm));
}

/** Whether some arm could run. */
export function hasKernel(): boolean {
  const driver = chosen();
  if (driver === 'own' || hasUmlPackage()) return true;
  return driver === undefined && missingAbilities().length === 0;
}

/** A line for each kernel, for doctor. */
export function aboutKernels(): readonly string[] {
  const guest = hasUmlPackage() ? `user-mode Linux ${findUmlPackage().release}` : 'no user-mode Linux';
  const missing = missingAbilities();
  const own = missing.length === 0 ? 'can do the same' : `lacks ${missing.join(', ')}`;
  return [guest, `this machine's own kernel ${own}${missing.length === 0 ? ' (WINDTUNNEL_KERNEL=own)' : ''}`];
}
