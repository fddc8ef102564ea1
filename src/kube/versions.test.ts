/** Behaviour follows the version: externalip-outage.md §1.2. */
import t from 'tap';
import { MINUTE, SECOND } from '../base/instant.js';
import { timingsOf } from './timings.js';
import { traitsOf } from './versions.js';

t.test('every version from 1.20 to 1.37 resolves, patch releases and pre-releases too', async (t) => {
  for (let minor = 20; minor <= 37; minor++) {
    for (const version of [`1.${minor}.0`, `1.${minor}.17`, `1.${minor}.0-rc.1`]) {
      t.type(traitsOf(version).nodeMonitorGraceSeconds, 'number', version);
    }
  }
});

t.test('the owner of an address binds it too before 1.27.2', async (t) => {
  for (const version of ['1.20.10', '1.26.7', '1.27.1']) t.equal(traitsOf(version).ownerBinds, true, version);
  for (const version of ['1.27.2', '1.28.0', '1.34.2']) t.equal(traitsOf(version).ownerBinds, false, version);
});

t.test('KUBE-IPVS-FILTER came with 1.26, its set for local external addresses later', async (t) => {
  const filter = (version: string) => traitsOf(version).ipvsFilter;
  t.equal(filter('1.25.16'), 'none');
  t.equal(filter('1.26.0'), 'cluster');
  t.equal(filter('1.28.5'), 'cluster');
  t.equal(filter('1.28.6'), 'local');
  t.equal(filter('1.29.0'), 'cluster');
  t.equal(filter('1.29.1'), 'local');
  t.equal(filter('1.34.2'), 'local');
});

t.test('ports are held before 1.24, node-local external traffic is taken since 1.21', async (t) => {
  t.equal(traitsOf('1.23.17').holdsPorts, true);
  t.equal(traitsOf('1.24.0').holdsPorts, false);
  t.equal(traitsOf('1.20.10').localExternal, 'to-local');
  t.equal(traitsOf('1.21.0').localExternal, 'any');
  t.equal(traitsOf('1.20.10').ipvsRouteLocalnet, true);
  t.equal(traitsOf('1.21.0').ipvsRouteLocalnet, false);
});

t.test('1.34 forgot the regular IPVS sync until 1.34.4, 1.35 until 1.35.1', async (t) => {
  const resync = (version: string) => traitsOf(version).ipvsResync;
  t.equal(resync('1.33.6'), 'sync-period');
  t.equal(resync('1.34.2'), 'hourly');
  t.equal(resync('1.34.4'), 'sync-period');
  t.equal(resync('1.35.0'), 'hourly');
  t.equal(resync('1.35.1'), 'sync-period');
});

t.test('the node monitor waits 40 s, and 50 s since 1.32', async (t) => {
  const grace = (version: string) => timingsOf({ scale: 1 }, traitsOf(version)).nodeMonitorGrace;
  t.equal(grace('1.31.9'), 40 * SECOND);
  t.equal(grace('1.32.0'), 50 * SECOND);
});

t.test('the scale of a cluster file runs every timer, and what the file says wins over the default', async (t) => {
  const timings = timingsOf({ scale: 0.1, nodeMonitorGracePeriod: 20 * SECOND }, traitsOf('1.34.2'));
  t.equal(timings.leaseRenew, SECOND);
  t.equal(timings.heartbeatTimeout, SECOND);
  t.equal(timings.nodeMonitorGrace, 2 * SECOND);
  t.equal(timings.proxyHourly, 6 * MINUTE);
});
