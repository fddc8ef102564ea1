/** What the API server refuses, in its own words. */
import t from 'tap';
import type { KubeObject } from '../../scenario/model.js';
import { renderInvalid, validateObject } from './validation.js';

function service(spec: Record<string, unknown>, name = 'busybox'): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 8888 }], ...spec } };
}

const messages = (object: KubeObject, version?: string) =>
  validateObject(object, version).map(({ path, message }) => `${path}: ${message}`);

t.test('a Service with node addresses as externalIPs is fine', async (t) => {
  t.same(messages(service({ externalIPs: ['192.168.0.11', '172.30.0.2'] })), []);
  t.same(messages(service({ externalIPs: ['2001:db8::1'] })), []);
});

t.test('an externalIP that is no address is refused as the API does', async (t) => {
  const object = service({ externalIPs: ['999.1.1.1'] });
  t.equal(
    renderInvalid(object, validateObject(object)),
    'Service "busybox" is invalid: spec.externalIPs[0]: Invalid value: "999.1.1.1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  );
});

t.test('special ranges are refused, named as the version names them', async (t) => {
  const special = ['0.0.0.0', '127.0.0.1', '169.254.1.1', '224.0.0.5'].map((ip) => service({ externalIPs: [ip] }));
  t.same(
    special.map((object) => messages(object)[0]),
    [
      'spec.externalIPs[0]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'spec.externalIPs[0]: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      'spec.externalIPs[0]: Invalid value: "224.0.0.5": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
    ],
  );
  t.same(messages(service({ externalIPs: ['127.0.0.1'] }), '1.20.10'), [
    'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8)',
  ]);
});

t.test('ports, types and names are checked', async (t) => {
  t.same(messages(service({ ports: [] })), ['spec.ports: Required value']);
  t.same(messages(service({ ports: [{ port: 0 }] })), [
    'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
  ]);
  t.same(messages(service({ ports: [{ port: 80 }, { port: 81 }] })), [
    'spec.ports[0].name: Required value',
    'spec.ports[1].name: Required value',
  ]);
  t.same(messages(service({ type: 'External' })), [
    'spec.type: Unsupported value: "External": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  ]);
  t.match(messages(service({}, '1busybox'))[0], /^metadata\.name: Invalid value: "1busybox": a DNS-1035 label must/);
  t.same(messages(service({ ports: [{ port: 80, nodePort: 30_000 }] })), [
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ]);
});

t.test('all problems come at once, in brackets', async (t) => {
  const object = service({ ports: [{ port: 70_000 }], externalIPs: ['x'] });
  t.match(
    renderInvalid(object, validateObject(object)),
    /^Service "busybox" is invalid: \[spec\.ports.*, spec\.externalIPs.*\]$/,
  );
});

t.test('a Deployment must select its own pods', async (t) => {
  const deployment = (labels: object): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'busybox' },
    spec: {
      selector: { matchLabels: { app: 'httpd' } },
      template: { metadata: { labels }, spec: { containers: [{ name: 'busybox', image: 'busybox:1.28' }] } },
    },
  });
  t.same(messages(deployment({ app: 'httpd' })), []);
  t.match(messages(deployment({ app: 'other' }))[0], /`selector` does not match template `labels`/);
});

t.test('a port that is no mapping is a port without a number, not a crash', async (t) => {
  const shadowed = { toString: null };
  validateObject(
    service({
      type: shadowed,
      clusterIP: shadowed,
      ports: [{ port: shadowed, protocol: shadowed, nodePort: shadowed }],
    }),
  );
  for (const port of [null, 80, 'http', []])
    t.match(messages(service({ ports: [port] }))[0], /spec\.ports\[0\]\.port/, JSON.stringify(port));
});
