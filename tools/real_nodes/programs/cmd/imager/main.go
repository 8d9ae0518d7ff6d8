// imager is a registry in memory, and makes images of tar archives.
//
//	imager serve ADDRESS
//	imager push ADDRESS FILE     the images of a JSON file:
//
//	{"repository:tag": {"layers": ["a.tar.gz", ...], "files": {"/path": "text"}, "links": {"/path": "/target"}, "programs": {"/path": "text"},
//	  "directories": ["/path", ...], "entrypoint": [...], "cmd": [...], "user": "65532", "env": [...], "workdir": ""}}
package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

type spec struct {
	Layers      []string          `json:"layers"`
	Files       map[string]string `json:"files"`
	Programs    map[string]string `json:"programs"`
	Links       map[string]string `json:"links"`
	Directories []string          `json:"directories"`
	Entrypoint  []string          `json:"entrypoint"`
	Cmd         []string          `json:"cmd"`
	User        string            `json:"user"`
	Env         []string          `json:"env"`
	Workdir     string            `json:"workdir"`
}

func main() {
	address := os.Args[2]
	if os.Args[1] == "serve" {
		l, err := net.Listen("tcp", address)
		check(err)
		check(http.Serve(l, registry.New(registry.Logger(log.New(io.Discard, "", 0)))))
	}
	b, err := os.ReadFile(os.Args[3])
	check(err)
	var specs map[string]spec
	check(json.Unmarshal(b, &specs))
	layers := map[string]v1.Layer{}
	for image, s := range specs {
		out := empty.Image
		for _, path := range s.Layers {
			if layers[path] == nil {
				layers[path], err = tarball.LayerFromFile(path)
				check(err)
			}
			out, err = mutate.AppendLayers(out, layers[path])
			check(err)
		}
		var buffer bytes.Buffer
		w := tar.NewWriter(&buffer)
		for _, path := range s.Directories {
			check(w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: strings.TrimPrefix(path, "/") + "/", Mode: 0o1777}))
		}
		for mode, files := range map[int64]map[string]string{0o644: s.Files, 0o755: s.Programs} {
			for path, text := range files {
				check(w.WriteHeader(&tar.Header{Name: strings.TrimPrefix(path, "/"), Mode: mode, Size: int64(len(text))}))
				_, err = w.Write([]byte(text))
				check(err)
			}
		}
		for path, target := range s.Links {
			check(w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: strings.TrimPrefix(path, "/"), Linkname: target, Mode: 0o777}))
		}
		check(w.Close())
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buffer.Bytes())), nil })
		check(err)
		out, err = mutate.AppendLayers(out, layer)
		check(err)
		f, err := out.ConfigFile()
		check(err)
		f = f.DeepCopy()
		f.OS, f.Architecture = "linux", "amd64"
		f.Config.Entrypoint, f.Config.Cmd, f.Config.User, f.Config.Env, f.Config.WorkingDir = s.Entrypoint, s.Cmd, s.User, s.Env, s.Workdir
		out, err = mutate.ConfigFile(out, f)
		check(err)
		ref, err := name.ParseReference(address+"/"+image, name.Insecure)
		check(err)
		check(remote.Write(ref, out))
		d, _ := out.Digest()
		log.Print(image, " ", d)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
