package checks

import (
	"context"
	"strings"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kube-windtunnel/scheduler/whole/cluster"
	"kube-windtunnel/scheduler/whole/stage"
)

// nearlyAll of a node's processors.
var nearlyAll = v1.ResourceList{v1.ResourceCPU: resource.MustParse("31")}

// preempts fills both nodes of a group and then places a more important pod.
func preempts(s *stage.Stage) error {
	return asAccount(s, func(p profile, run *stage.Run, _ string) error {
		if err := run.Scheduler.Ready(); err != nil {
			return stage.Saw("the scheduler did not start: %s", run.LastWords())
		}
		large := func(name string) *v1.Pod {
			pod := p.pod(name, "one")
			pod.Spec.Containers[0].Resources.Requests = nearlyAll
			// Without a kubelet nobody else would end it.
			pod.Spec.TerminationGracePeriodSeconds = new(int64)
			return pod
		}
		if _, err := run.Bound(large("first"), large("second")); err != nil {
			return err
		}
		important := large("important")
		important.Spec.PriorityClassName = "system-cluster-critical"
		if err := s.Cluster.CreatePods(important); err != nil {
			return err
		}
		outcomes, err := s.Cluster.AwaitOutcomes(slow, func(o map[string]cluster.Outcome) bool {
			return o["important"].Node != "" || len(misread(run.Scheduler.Log())) > 0
		})
		return granted(run, outcomes["important"].Node != "", err)
	})
}

// bindsVolume lets a pod ask for a volume that waits for it, and looks for the claim on the volume: binding both is the
// work of a controller, which is not there.
func bindsVolume(s *stage.Stage) error {
	return asAccount(s, func(p profile, run *stage.Run, _ string) error {
		if err := run.Scheduler.Ready(); err != nil {
			return stage.Saw("the scheduler did not start: %s", run.LastWords())
		}
		remove, err := createVolume(s.Cluster)
		defer remove()
		if err != nil {
			return err
		}
		pod := p.pod("with-volume", "one")
		claim := &v1.PersistentVolumeClaimVolumeSource{ClaimName: volume}
		pod.Spec.Volumes = []v1.Volume{{Name: "v", VolumeSource: v1.VolumeSource{PersistentVolumeClaim: claim}}}
		if err := s.Cluster.CreatePods(pod); err != nil {
			return err
		}
		claimed := false
		_, err = s.Cluster.AwaitOutcomes(slow, func(map[string]cluster.Outcome) bool {
			pv, err := s.Cluster.Client.CoreV1().PersistentVolumes().Get(context.Background(), volume, metav1.GetOptions{})
			claimed = err == nil && pv.Spec.ClaimRef != nil
			return claimed || len(misread(run.Scheduler.Log())) > 0
		})
		return granted(run, claimed, err)
	})
}

func granted(run *stage.Run, done bool, err error) error {
	if err != nil {
		return err
	}
	if lines := misread(run.Scheduler.Log()); len(lines) > 0 {
		return stage.Saw("the log: %.400s", strings.Join(lines, "\n"))
	}
	if !done {
		return stage.Saw("not done within %s; the log ends with: %s", slow, run.LastWords())
	}
	return nil
}

// volume names the class, the volume and the claim of a test.
const volume = "windtunnel-volume"

// createVolume makes them. What removes them again is never nil.
func createVolume(c *cluster.Cluster) (remove func(), err error) {
	ctx, core, gone := context.Background(), c.Client.CoreV1(), metav1.DeleteOptions{GracePeriodSeconds: new(int64)}
	remove = func() {
		// The finalizers are a controller's, which is not there.
		patch := []byte(`{"metadata":{"finalizers":null}}`)
		core.PersistentVolumeClaims(cluster.Namespace).Patch(ctx, volume, "application/merge-patch+json", patch, metav1.PatchOptions{})
		core.PersistentVolumes().Patch(ctx, volume, "application/merge-patch+json", patch, metav1.PatchOptions{})
		core.PersistentVolumeClaims(cluster.Namespace).Delete(ctx, volume, gone)
		core.PersistentVolumes().Delete(ctx, volume, gone)
		c.Client.StorageV1().StorageClasses().Delete(ctx, volume, gone)
	}
	name, waits, class := metav1.ObjectMeta{Name: volume}, storagev1.VolumeBindingWaitForFirstConsumer, volume
	if _, err = c.Client.StorageV1().StorageClasses().Create(ctx, &storagev1.StorageClass{ObjectMeta: name, Provisioner: "kubernetes.io/no-provisioner", VolumeBindingMode: &waits}, metav1.CreateOptions{}); err != nil {
		return remove, err
	}
	size := v1.ResourceList{v1.ResourceStorage: resource.MustParse("1Gi")}
	anywhere := v1.NodeSelectorTerm{MatchExpressions: []v1.NodeSelectorRequirement{{Key: stage.Group, Operator: v1.NodeSelectorOpExists}}}
	pv := &v1.PersistentVolume{ObjectMeta: name, Spec: v1.PersistentVolumeSpec{
		Capacity: size, AccessModes: []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce}, StorageClassName: class,
		PersistentVolumeSource: v1.PersistentVolumeSource{Local: &v1.LocalVolumeSource{Path: "/none"}},
		NodeAffinity:           &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{anywhere}}},
	}}
	if pv, err = core.PersistentVolumes().Create(ctx, pv, metav1.CreateOptions{}); err != nil {
		return remove, err
	}
	// As the controller would say of a volume that is nobody's.
	pv.Status.Phase = v1.VolumeAvailable
	if _, err = core.PersistentVolumes().UpdateStatus(ctx, pv, metav1.UpdateOptions{}); err != nil {
		return remove, err
	}
	pvc := &v1.PersistentVolumeClaim{ObjectMeta: name, Spec: v1.PersistentVolumeClaimSpec{
		StorageClassName: &class, AccessModes: pv.Spec.AccessModes, Resources: v1.VolumeResourceRequirements{Requests: size},
	}}
	_, err = core.PersistentVolumeClaims(cluster.Namespace).Create(ctx, pvc, metav1.CreateOptions{})
	return remove, err
}
