package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// ipTools are `ip -j -force -batch -` processes, one for each namespace that asked: making a process is what a guest is slow
// at, and ip(8) takes one line after the other from its standard input.
type ipTools struct {
	agent *agent
	mu    sync.Mutex
	tools map[string]*ipTool
}

type ipTool struct {
	mu     sync.Mutex
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *said
}

// ipAnswer is what one line brought: a document of JSON where there is one, and the kernel's or the tool's words where it was
// refused.
type ipAnswer struct {
	Text    string `json:"text"`
	Refused string `json:"refused,omitempty"`
}

// mark is asked after each line, so that the end of its answer is known: a line that changes something answers nothing.
const mark, marked = "route get 127.0.0.99", `"dst":"127.0.0.99"`

func (t *ipTools) ask(r *request) (any, error) {
	t.mu.Lock()
	tool := t.tools[r.NS]
	if tool == nil {
		tool = &ipTool{}
		t.tools[r.NS] = tool
	}
	t.mu.Unlock()
	tool.mu.Lock()
	defer tool.mu.Unlock()
	lines := strings.Split(strings.TrimRight(r.Stdin, "\n"), "\n")
	answers := make([]ipAnswer, 0, len(lines))
	for _, line := range lines {
		if tool.cmd == nil {
			if err := tool.start(t.agent.namespaces, r.NS); err != nil {
				return nil, err
			}
		}
		answer, err := tool.line(line)
		if err != nil {
			// It ends at a line that it cannot read. The next one gets another.
			tool.end()
			answer.Refused = tool.stderr.take()
			if answer.Refused == "" {
				return nil, fmt.Errorf("ip -batch, at %q: %w", line, err)
			}
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

func (t *ipTool) start(namespaces *namespaces, ns string) (err error) {
	cmd := exec.Command("ip", "-j", "-force", "-batch", "-")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	t.stderr = &said{}
	cmd.Stderr = t.stderr
	if t.stdin, err = cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := namespaces.in(ns, cmd.Start); err != nil {
		return fmt.Errorf("ip -batch: %w", err)
	}
	t.cmd, t.stdout = cmd, bufio.NewReader(out)
	return nil
}

func (t *ipTool) line(line string) (ipAnswer, error) {
	if _, err := io.WriteString(t.stdin, line+"\n"+mark+"\n"); err != nil {
		return ipAnswer{}, err
	}
	var answer ipAnswer
	for {
		document, err := t.stdout.ReadString('\n')
		if err != nil {
			return answer, err
		}
		if strings.Contains(document, marked) {
			answer.Refused = t.stderr.take()
			return answer, nil
		}
		answer.Text += strings.TrimSpace(document)
	}
}

func (t *ipTool) end() {
	if t.cmd != nil {
		t.stdin.Close()
		_ = t.cmd.Wait()
		t.cmd = nil
	}
}

// forget ends the process of a namespace that is about to go.
func (t *ipTools) forget(ns string) {
	t.mu.Lock()
	tool := t.tools[ns]
	delete(t.tools, ns)
	t.mu.Unlock()
	if tool != nil {
		tool.mu.Lock()
		defer tool.mu.Unlock()
		tool.end()
	}
}

func (t *ipTools) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tool := range t.tools {
		if tool.cmd != nil {
			_ = tool.cmd.Process.Kill()
		}
	}
}

// said collects standard error until somebody takes it.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// take gives the reason without the tool's own words around it.
func (s *said) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.text.String()
	s.text.Reset()
	var reason string
	for _, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "Command failed") {
			continue
		}
		reason = strings.TrimPrefix(strings.TrimPrefix(line, "RTNETLINK answers: "), "Error: ")
	}
	return reason
}
