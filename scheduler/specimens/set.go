package specimens

import (
	"fmt"
	"slices"
	"strings"
)

// Set is the switches that are on, those that they imply included.
type Set map[Switch]bool

// Of makes a set of switches and all that they imply.
func Of(names ...Switch) Set {
	set := Set{}
	for _, name := range names {
		set.add(name)
	}
	return set
}

func (s Set) add(name Switch) {
	if s[name] {
		return
	}
	s[name] = true
	entry, _ := Find(name)
	for _, implied := range entry.Implies {
		s.add(implied)
	}
}

// Any tells whether one of the switches is on.
func (s Set) Any(names ...Switch) bool {
	return slices.ContainsFunc(names, func(name Switch) bool { return s[name] })
}

// All tells whether all of the switches are on.
func (s Set) All(names ...Switch) bool {
	return !slices.ContainsFunc(names, func(name Switch) bool { return !s[name] })
}

// PublishedQuery tells whether the query is the published one, word for word.
func (s Set) PublishedQuery() bool { return s.All(published...) }

// Names lists the switches in the catalogue's order.
func (s Set) Names() []Switch {
	names := []Switch{}
	for _, entry := range Catalogue() {
		if s[entry.Name] {
			names = append(names, entry.Name)
		}
	}
	return names
}

// String is what Parse reads.
func (s Set) String() string {
	names := make([]string, 0, len(s))
	for _, name := range s.Names() {
		names = append(names, string(name))
	}
	return strings.Join(names, ",")
}

// Parse reads switches and profiles, separated by commas. An unknown name is refused with the nearest that there is, a
// defect in files with where they are.
func Parse(text string) (Set, error) {
	set := Set{}
	for _, part := range strings.Split(text, ",") {
		name := strings.TrimSpace(part)
		if name == "" {
			continue
		}
		if profile, ok := Profiles()[name]; ok {
			for _, one := range profile {
				set.add(one)
			}
			continue
		}
		entry, ok := Find(Switch(name))
		switch {
		case !ok:
			return nil, fmt.Errorf("no specimen is called %q; probably meant is %q (--list-specimens shows all)", name, nearest(name))
		case entry.Kind == None:
			return nil, fmt.Errorf("specimen %q cannot be switched on: %s", name, entry.Reason)
		case entry.Kind != Code:
			return nil, fmt.Errorf("specimen %q is no switch but files: specimens/manifests/%s", name, name)
		}
		set.add(entry.Name)
	}
	return set, nil
}

// nearest is the switch or profile with the fewest letters to change.
func nearest(name string) string {
	best, fewest := "", -1
	consider := func(candidate string) {
		if d := distance(name, candidate); fewest < 0 || d < fewest {
			best, fewest = candidate, d
		}
	}
	for _, entry := range Catalogue() {
		if entry.Kind == Code {
			consider(string(entry.Name))
		}
	}
	for _, profile := range profileNames {
		consider(profile)
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal = row[j]
			row[j] = min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
