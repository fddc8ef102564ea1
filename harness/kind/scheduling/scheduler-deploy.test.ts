/** Schedulers deployed, checked and taken away. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { KubeObject } from '../../../src/scenario/model.js';
import type { ApiRequest } from '../api-request.js';
import { StandIns } from '../stand-in.js';
import { deploySchedulers } from './scheduler-deploy.js';
import { deployed, POD, plan, type World, world } from './scheduler-stand-in.js';

t.test('a scheduler is deployed, checked, listened to, and nothing of it is left in the end', async (t) => {
  const here = world();
  const { options, followed, lines } = plan(here);
  const schedulers = await deploySchedulers(options);
  t.match(schedulers.notes, [/scheduler b: kube-windtunnel\/bandwidth-scheduler:1.34.2, Ready/]);
  t.match(deployed(here), { spec: { template: { spec: { nodeSelector: { 'kubernetes.io/hostname': 'wt-cp' } } } } });
  t.notOk(
    [...here.objects.values()].some(({ kind }) => kind === 'Pod'),
    'the pod of the check is gone',
  );
  t.match(followed, [/^tail .*--follow=name .*\/kube-system_b-1_u\/kube-scheduler\/0.log .*\/1.log/]);
  const bound = (pod: string) => `I1122 1 1 x.go:1] "Successfully bound pod to node" pod="${pod}" node="wt-w1"`;
  for (const pod of ['kube-system/b-canary', 'default/p']) lines[0]?.(bound(pod));
  t.match(schedulers.decisions.decisions(), [{ at: 42, pod: 'default/p', scheduler: 'b', node: 'wt-w1' }]);
  await schedulers.close();
  t.equal(here.objects.size, 0);
  t.equal(followed.at(-1), 'ended');
});

t.test('what a check sees wrong is a failure with the end of the log, and all is taken away', async (t) => {
  const cases: readonly (readonly [string, World, RegExp])[] = [
    ['another configuration', world({ configz: () => ({ profiles: [] }) }), /has not the configuration.*no profile b/s],
    [
      'one that starts in vain',
      world({ pod: crashing('CrashLoopBackOff') }),
      /for scheduler b to be Ready; last seen.*CrashLoop/s,
    ],
  ];
  for (const [what, here, message] of cases) {
    await t.rejects(deploySchedulers(plan(here).options), { message, exitCode: 3 }, what);
    await t.rejects(deploySchedulers(plan(here).options), { message: /it says:\nE1122 1 1 x\] "why"/ }, what);
    t.equal(here.objects.size, 0, what);
  }
});

const crashing = (reason: string) => ({
  metadata: POD.metadata,
  status: {
    phase: 'Running',
    containerStatuses: [{ restartCount: 2, state: { waiting: { reason, message: 'back-off' } } }],
  },
});

t.test('a plugin that is off must not have scored', async (t) => {
  const schedulers = [{ name: 'b', plugins: { network_traffic: { enabled: false } } }];
  const message = /network_traffic scored in scheduler b, whose profile is without it/;
  await t.rejects(deploySchedulers(plan(world(), { schedulers }).options), { message });
});

t.test('objects of somebody else are neither changed nor taken away; what a killed run left is', async (t) => {
  const theirs = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'b', namespace: 'kube-system' } };
  const path = '/api/v1/namespaces/kube-system/serviceaccounts/b';
  const here = world({ objects: new Map([[path, theirs]]) });
  await t.rejects(deploySchedulers(plan(here).options), { message: 'the cluster has a ServiceAccount b of its own' });
  t.strictSame([...here.objects.values()], [theirs]);
  const left = world();
  await deploySchedulers(plan(left).options);
  const again = await deploySchedulers(plan(left).options);
  await again.close();
  t.equal(left.objects.size, 0);
});

t.test(
  "somebody else's pod of the name of a check's stays, and is an error; one that a killed run left goes",
  async (t) => {
    const path = '/api/v1/namespaces/kube-system/pods/b-canary';
    const pod = (labels: Record<string, string>): KubeObject => {
      return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b-canary', namespace: 'kube-system', labels } };
    };
    const other = pod({ 'app.kubernetes.io/managed-by': 'kube-windtunnel', 'kube-windtunnel.label': 'another' });
    for (const theirs of [pod({}), other])
      for (const version of [undefined, 'minimally-fixed'])
        await t.test(`${version}`, async (t) => {
          const here = world({ objects: new Map([[path, theirs]]) });
          const schedulers = [{ name: 'b', ...(version && { version }), plugins: { network_traffic: { weight: 5 } } }];
          const message = 'the cluster has a Pod b-canary of its own';
          const said: string[] = [];
          const options = { ...plan(here, { schedulers }).options, say: (text: string) => said.push(text) };
          await t.rejects(deploySchedulers(options), { name: 'Failure', message, exitCode: 3 });
          t.strictSame([...here.objects.values()], [theirs]);
          t.notOk(said.some((text) => text.includes('after the check')));
        });
    const left = world({ objects: new Map([[path, pod({ 'kube-windtunnel.label': 'l' })]]) });
    await (await deploySchedulers(plan(left).options)).close();
    t.equal(left.objects.size, 0);
  },
);

t.test('an image that was built anew is loaded before the scheduler starts', async (t) => {
  const standIns = new StandIns(t.testdir(), { docker: 'case $1 in save) echo archive ;; exec) cat >loaded ;; esac' });
  await deploySchedulers(plan(world()).options);
  t.same(standIns.calls('docker'), [], 'of the build that the daemon has');
  await deploySchedulers(plan(world({ build: '5678' })).options);
  const [saved, loaded] = standIns.calls('docker');
  t.equal(saved?.text, 'save kube-windtunnel/bandwidth-scheduler:1.34.2');
  t.match(loaded?.text, /^exec --interactive wt-cp ctr .* import -$/);
  t.equal(readFileSync(standIns.file('loaded'), 'utf8'), 'archive\n');
});

t.test('no proxy is between a node and a scheduler', async (t) => {
  const here = world();
  const { options } = plan(here);
  const { docker } = options.cluster;
  const asked: string[] = [];
  const { run } = docker;
  docker.run = (args, more) => {
    if (args.includes('curl')) asked.push(args.join(' '));
    return run.call(docker, args, more);
  };
  await deploySchedulers(options);
  t.ok(asked.length > 0);
  for (const call of asked) t.match(call, / --noproxy \* /);
});

t.test('a request that fails is what was last seen, and asked again', async (t) => {
  let failures = 0;
  const instead = ({ path }: ApiRequest) => {
    if (!path.endsWith('/pods') || ++failures > 2) return undefined;
    if (failures === 1) throw new Error('ECONNRESET');
    return { status: 500, body: { message: 'etcdserver: leader changed' } };
  };
  const schedulers = await deploySchedulers(plan(world({ instead })).options);
  t.match(schedulers.notes, [/Ready/]);
});

t.test('everything that is made has the label of its cluster', async (t) => {
  const applied: KubeObject[] = [];
  const instead = ({ method, body }: ApiRequest) => {
    if (method === 'PATCH') applied.push(body as KubeObject);
    return undefined;
  };
  await deploySchedulers(plan(world({ instead })).options);
  t.ok(applied.some(({ kind }) => kind === 'Pod'));
  for (const { kind, metadata } of applied) t.equal(metadata.labels?.['kube-windtunnel.label'], 'l', kind);
});

t.test('what fails first stays, where the clean-up after it fails too', async (t) => {
  const isCanary = ({ path }: ApiRequest) => path.includes('/pods/b-canary');
  let isRefused = false;
  const instead = (asked: ApiRequest) => {
    if (!isCanary(asked)) return undefined;
    if (isRefused) throw new Error('ECONNREFUSED');
    if (asked.method !== 'PATCH') return undefined;
    isRefused = true;
    return { status: 403, body: { code: 403, message: 'quota' } };
  };
  const { options } = plan(world({ instead }));
  const said: string[] = [];
  await t.rejects(deploySchedulers({ ...options, say: (text) => said.push(text) }), {
    message: 'a pod for scheduler b: quota',
  });
  t.match(said, [/^after the check of scheduler b: ECONNREFUSED/]);
});

t.test('a run that is over ends the bring-up with its reason, and all is taken away', async (t) => {
  const controller = new AbortController();
  const here = world({
    instead: ({ path }) => {
      if (path.endsWith('/pods') && deployed(here)) controller.abort(new Error('interrupted'));
      return undefined;
    },
    pod: { ...POD, status: { phase: 'Pending' } },
  });
  await t.rejects(deploySchedulers({ ...plan(here).options, signal: controller.signal }), /interrupted/);
  t.equal(here.objects.size, 0);
});
