/** What a program's log says of its reflectors' troubles, by version. Source: client-go tools/cache/reflector.go. */
import { goTypeOf } from './api/kinds.js';
import type { ReflectorLog } from './client/reflector.js';
import { type Klog, structured } from './log.js';
import type { Traits } from './versions.js';

const FACTORY = 'k8s.io/client-go/informers/factory.go:134';

export function reflectorLog(log: Klog, traits: Traits, kind: string): ReflectorLog {
  const type = goTypeOf(kind);
  return (level, what, error) => {
    if (traits.reflectorLog === 'structured') {
      if (level === 'warning') {
        return log.write(
          'I',
          'reflector.go:568',
          structured('Warning: watch ended with error', { reflector: FACTORY, type, err: error }),
        );
      }
      const err = what === 'list' ? `failed to list ${type}: ${error}` : error;
      const values = { err, reflector: FACTORY, type };
      return log.write('E', 'reflector.go:205', structured('Failed to watch', values));
    }
    if (level === 'warning')
      return log.write('W', 'reflector.go:436', `${FACTORY}: watch of ${type} ended with: ${error}`);
    const text = what === 'list' ? `failed to list ${type}: ${error}` : error;
    log.write('E', 'reflector.go:138', `${FACTORY}: Failed to watch ${type}: ${text}`);
  };
}
