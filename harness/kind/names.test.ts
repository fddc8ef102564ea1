/** Nodes are numbered as kind numbers them. */
import t from 'tap';
import type { NodeSpec } from '../../src/scenario/model.js';
import { clusterName, containerNames } from './names.js';

const node = (name: string, role: NodeSpec['role']) => ({ name, role }) as NodeSpec;

t.test('several of a role are numbered from the second one on, in the order of the file', async (t) => {
  const nodes = [
    node('w1', 'worker'),
    node('cp1', 'control-plane'),
    node('cp2', 'control-plane'),
    node('w2', 'worker'),
    node('cp3', 'control-plane'),
    node('w3', 'worker'),
  ];
  t.strictSame(
    [...containerNames('lab', nodes)],
    [
      ['w1', 'lab-worker'],
      ['cp1', 'lab-control-plane'],
      ['cp2', 'lab-control-plane2'],
      ['w2', 'lab-worker2'],
      ['cp3', 'lab-control-plane3'],
      ['w3', 'lab-worker3'],
    ],
  );
});

t.test('a name of kind is short enough for a host name of every node, and its own for each label', async (t) => {
  const label = '01234567-89ab-4cde-8f01-23456789abcd';
  t.equal(clusterName(label), 'wt-01234567-89ab');
  t.ok(`${clusterName(label)}-control-plane99`.length < 64);
  t.not(clusterName(label), clusterName(label.replace('89ab', '89ac')));
});
