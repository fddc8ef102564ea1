package checks

import (
	"context"
	"fmt"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	v1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kube-windtunnel/scheduler/whole/cluster"
)

// monitor is the account that scrapes the scheduler, as Prometheus would: it may read /metrics and nothing else.
const monitor = "windtunnel-monitor"

// newMonitor creates the account and returns its token. Its rights come last and are waited for: the API server reads
// roles and bindings from caches, and what was applied before is in effect when these are. undo is never nil.
func newMonitor(c *cluster.Cluster) (token string, undo func(), err error) {
	ctx, rbac := context.Background(), c.Client.RbacV1()
	name, gone := metav1.ObjectMeta{Name: monitor, Namespace: metav1.NamespaceSystem}, metav1.DeleteOptions{}
	anywhere := metav1.ObjectMeta{Name: monitor}
	undo = func() {
		rbac.ClusterRoleBindings().Delete(ctx, monitor, gone)
		rbac.ClusterRoles().Delete(ctx, monitor, gone)
		rbac.RoleBindings(name.Namespace).Delete(ctx, monitor, gone)
		rbac.Roles(name.Namespace).Delete(ctx, monitor, gone)
		c.Client.CoreV1().ServiceAccounts(name.Namespace).Delete(ctx, monitor, gone)
	}
	who := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: monitor, Namespace: name.Namespace}}
	if _, err = c.Client.CoreV1().ServiceAccounts(name.Namespace).Create(ctx, &v1.ServiceAccount{ObjectMeta: name}, metav1.CreateOptions{}); err != nil {
		return "", undo, err
	}
	role := &rbacv1.Role{ObjectMeta: name, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get"}}}}
	if _, err = rbac.Roles(name.Namespace).Create(ctx, role, metav1.CreateOptions{}); err != nil {
		return "", undo, err
	}
	binding := &rbacv1.RoleBinding{ObjectMeta: name, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: monitor}, Subjects: who}
	if _, err = rbac.RoleBindings(name.Namespace).Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		return "", undo, err
	}
	everywhere := &rbacv1.ClusterRole{ObjectMeta: anywhere, Rules: []rbacv1.PolicyRule{{NonResourceURLs: []string{"/metrics"}, Verbs: []string{"get"}}}}
	if _, err = rbac.ClusterRoles().Create(ctx, everywhere, metav1.CreateOptions{}); err != nil {
		return "", undo, err
	}
	bound := &rbacv1.ClusterRoleBinding{ObjectMeta: anywhere, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: monitor}, Subjects: who}
	if _, err = rbac.ClusterRoleBindings().Create(ctx, bound, metav1.CreateOptions{}); err != nil {
		return "", undo, err
	}
	if err = inEffect(c, name.Namespace); err != nil {
		return "", undo, err
	}
	token, err = c.TokenOf(name.Namespace, monitor)
	return token, undo, err
}

// inEffect waits until the API server grants the monitor both of its rights.
func inEffect(c *cluster.Cluster, namespace string) error {
	reviews := []authorizationv1.SubjectAccessReviewSpec{
		{ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: "get", Resource: "configmaps"}},
		{NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: "/metrics", Verb: "get"}},
	}
	for deadline := time.Now().Add(6 * patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		granted := 0
		for _, spec := range reviews {
			spec.User = "system:serviceaccount:" + namespace + ":" + monitor
			answer, err := c.Client.AuthorizationV1().SubjectAccessReviews().Create(context.Background(), &authorizationv1.SubjectAccessReview{Spec: spec}, metav1.CreateOptions{})
			if err != nil {
				return err
			}
			if answer.Status.Allowed {
				granted++
			}
		}
		if granted == len(reviews) {
			return nil
		}
	}
	return fmt.Errorf("the API server does not grant what was bound")
}
