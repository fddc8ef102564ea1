/** What of a cluster that stays is taken away, and what is not. The kubectl here answers from files of the test's. */
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { countAddons, removeAddons } from './addon-removal.js';
import { Docker } from './docker.js';
import { StandIns } from './stand-in.js';

const KUBECTL = `
case "$*" in
  *' delete '*) [ ! -e stuck ] || { echo 'error: timed out waiting for the condition' >&2; exit 1; } ;;
  *' get namespace '*) cat namespace 2>/dev/null || : ;;
  *api-resources*) [ -e inside ] || { echo 'error: the server is away' >&2; exit 1; }; cat inside ;;
  *' get '*' --namespace monitoring '*) cat marked 2>/dev/null || : ;;
esac`;

/** What the namespace has where nobody put anything there. */
const EMPTY = `configmap/kube-root-ca.crt
serviceaccount/default
event/prometheus-6d4cf56db6-x2x7q.187a5c1f
event.events.k8s.io/prometheus-6d4cf56db6-x2x7q.187a5c1f
endpointslice.discovery.k8s.io/prometheus-abcde
`;

function lab(test: Test, files: Readonly<Record<string, string>>) {
  const standIns = new StandIns(test.testdir(), { docker: KUBECTL });
  for (const [name, text] of Object.entries(files)) writeFileSync(standIns.file(name), text);
  const node = { name: 'cp', container: 'lab-control-plane', role: 'control-plane', ip: '172.30.0.2' } as const;
  const where = { docker: new Docker(), nodes: [node], label: 'run-1' };
  const deleted = () =>
    standIns
      .calls('docker')
      .filter(({ words }) => words.includes('delete'))
      .map(({ text }) => text);
  return { where, deleted };
}

t.test(
  'what has the label goes, by kubectl inside the control plane: add-ons, schedulers and their rights',
  async (t) => {
    const { where, deleted } = lab(t, {});
    await removeAddons(where);
    const label = '--selector kube-windtunnel\\.label=run-1 ';
    t.match(deleted(), [
      new RegExp(`^exec lab-control-plane kubectl .* delete deployment,daemonset,.* --namespace monitoring .*${label}`),
      new RegExp(`^exec lab-control-plane kubectl .* delete deployment,.*,pod --namespace kube-system .*${label}`),
      new RegExp(`^exec lab-control-plane kubectl .* delete clusterrolebinding,clusterrole ${label}`),
    ]);
    t.equal(deleted().length, 3, 'a namespace without the label stays');
  },
);

t.test('what does not go is a failure', async (t) => {
  const { where } = lab(t, { stuck: '' });
  await t.rejects(removeAddons(where), { name: 'Failure', message: /exit 1\nerror: timed out waiting/ });
});

t.test("the namespace goes where nothing of the user's is in it, and stays where that cannot be told", async (t) => {
  for (const [inside, goes] of [
    [EMPTY, true],
    [`${EMPTY}configmap/of-the-user\n`, false],
    [`${EMPTY}serviceaccount/default-of-mine\n`, false],
    [undefined, false],
  ] as const)
    await t.test(`${goes ? 'goes' : 'stays'}: ${inside?.split('\n').at(-2)}`, async (t) => {
      const { where, deleted } = lab(t, { namespace: 'namespace/monitoring\n', ...(inside && { inside }) });
      await removeAddons(where);
      t.equal(deleted().filter((text) => text.includes(' delete namespace ')).length, goes ? 1 : 0);
    });
});

t.test('what there is to be taken away is counted', async (t) => {
  const { where, deleted } = lab(t, { marked: 'deployment.apps/prometheus\nservice/prometheus\n' });
  t.equal(await countAddons(where), 2);
  t.same(deleted(), []);
});
