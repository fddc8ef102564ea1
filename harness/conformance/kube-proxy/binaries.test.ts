/** How a release becomes a module that can be built. */
import t from 'tap';
import { moduleFor } from './binaries.js';

t.test('libraries that a release keeps as folders are taken from where they are published', async (t) => {
  const old =
    'module k8s.io/kubernetes\n\ngo 1.15\n\nreplace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\ta.io/b => a.io/b v1.0.0\n)\n';
  t.same(moduleFor('1.20.10', old).split('\n').filter(Boolean), [
    'module programs',
    'go 1.15',
    'require k8s.io/kubernetes v1.20.10',
    'replace k8s.io/api => k8s.io/api v0.20.10',
  ]);
  const now =
    'module k8s.io/kubernetes\n\ngo 1.24.0\n\ngodebug (\n  default=go1.24\n)\n\nreplace k8s.io/api => ./staging/src/k8s.io/api\n';
  t.match(moduleFor('1.34.2', now), 'godebug (\n  default=go1.24\n)');
});
