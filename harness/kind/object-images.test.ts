import t from 'tap';
import { imagesIn, mapImages } from './object-images.js';

const pod = {
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels: { image: 'busybox' } } },
  spec: { initContainers: [{ image: 'a' }], containers: [{ name: 'c', image: 'busybox' }, { name: 'd' }] },
};
const deployment = { kind: 'Deployment', spec: { template: { spec: pod.spec } } };
const swap = (image: string) => (image === 'busybox' ? 'mine/busybox:1' : image);

t.test('images of containers are replaced, wherever the pod is; nothing else is', async (t) => {
  t.strictSame(mapImages(pod, swap), {
    ...pod,
    spec: { initContainers: [{ image: 'a' }], containers: [{ name: 'c', image: 'mine/busybox:1' }, { name: 'd' }] },
  });
  t.equal(mapImages(deployment, swap).spec.template.spec.containers[0]?.image, 'mine/busybox:1');
  t.equal(deployment.spec.template.spec.containers[0]?.image, 'busybox', 'the object itself stays');
  t.equal(
    mapImages(pod, (image) => image),
    pod,
  );
});

t.test('the images of objects are listed once each', async (t) => {
  t.strictSame(imagesIn([pod, deployment]), ['a', 'busybox']);
});
