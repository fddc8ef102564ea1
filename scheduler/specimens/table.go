package specimens

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table writes the catalogue for people, a line each; symptoms stand in README.md and in JSON.
func Table(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(out, "SPECIMEN\tKIND\tROWS\tCAUGHT BY\tWHAT")
	for _, e := range Catalogue() {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", e.Name, e.Kind, rows(e), strings.Join(e.Scenarios, " "), e.What)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nPROFILE\tSWITCHES")
	for _, name := range profileNames {
		fmt.Fprintf(out, "%s\t%s\n", name, Of(Profiles()[name]...))
	}
	return out.Flush()
}

// JSON writes the catalogue, the profiles and the layers for programs.
func JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"specimens": Catalogue(), "profiles": Profiles(), "manifestsAsPublished": ManifestsAsPublished, "onion": Onion()})
}

// Markdown writes the table of README.md.
func Markdown(w io.Writer) error {
	var out strings.Builder
	out.WriteString("| specimen | kind | rows | caught by | what | symptom |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, e := range Catalogue() {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s | %s |\n", e.Name, e.Kind, rows(e), strings.Join(e.Scenarios, " "), cell(e.What), cell(e.Symptom+because(e)))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func because(e Entry) string {
	if e.Reason == "" {
		return ""
	}
	return " (" + e.Reason + ")"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func rows(e Entry) string {
	texts := make([]string, 0, len(e.Rows))
	for _, row := range e.Rows {
		texts = append(texts, fmt.Sprint(row))
	}
	return strings.Join(texts, " ")
}
