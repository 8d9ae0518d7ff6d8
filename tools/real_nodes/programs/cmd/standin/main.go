// standin plays any server: it listens on the ports of /standin.json and can dial others. What it does as another command, such as
// that of a probe, a job or an init container, is in /standin.json too.
//
//	standin                           serve
//	standin dial 2s host:port...      one line of JSON per peer: {"to":..,"ok":..,"ms":..,"error":..}
//	standin lookup name...            DNS
//	standin sleep                     for an hour
//	standin pause 10s                 and end
//	standin listen port...            serve plain TCP on more ports
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

type listener struct {
	Port int    `json:"port"`
	Kind string `json:"kind"` // http, grpc, tcp
}

type config struct {
	Listen []listener        `json:"listen"`
	Delay  float64           `json:"delay"` // seconds before it listens, as slow starters do
	Roles  map[string]string `json:"roles"` // of whole commands, in words: serve (the default), probe, end
}

func main() {
	if n := len(os.Args); filepath.Base(os.Args[0]) == "nc" && n > 2 { // nc -z -w 2 host port
		s, err := net.DialTimeout("tcp", net.JoinHostPort(os.Args[n-2], os.Args[n-1]), 2*time.Second)
		if err != nil {
			log.Fatal(err)
		}
		s.Close()
		return
	}
	c := read()
	words := os.Args
	if filepath.Base(words[0]) == "standin" {
		words = words[1:]
	}
	switch c.Roles[strings.Join(words, " ")] {
	case "end":
		return
	case "probe":
		for _, l := range c.Listen {
			s, err := net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(l.Port), time.Second)
			if err != nil {
				log.Fatal(err)
			}
			s.Close()
		}
		return
	}
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "dial":
			dial(os.Args[2], os.Args[3:])
			return
		case "lookup":
			for _, name := range os.Args[2:] {
				a, err := net.DefaultResolver.LookupHost(context.Background(), name)
				fmt.Println(name, a, err)
			}
			return
		case "sleep":
			signals := make(chan os.Signal, 1)
			signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
			select {
			case <-signals:
			case <-time.After(time.Hour):
			}
			return
		case "pause": // what a lifecycle hook runs
			d, err := time.ParseDuration(os.Args[2])
			if err != nil {
				log.Fatal(err)
			}
			time.Sleep(d)
			return
		}
	}
	serve(c)
}

func dial(timeout string, peers []string) {
	d, err := time.ParseDuration(timeout)
	if err != nil {
		log.Fatal(err)
	}
	var group sync.WaitGroup
	var mutex sync.Mutex
	for _, peer := range peers {
		group.Go(func() {
			begin := time.Now()
			c, err := net.DialTimeout("tcp", peer, d)
			result := map[string]any{"to": peer, "ok": err == nil, "ms": time.Since(begin).Milliseconds()}
			if err != nil {
				result["error"] = err.Error()
			} else {
				c.Close()
			}
			mutex.Lock()
			defer mutex.Unlock()
			_ = json.NewEncoder(os.Stdout).Encode(result)
		})
	}
	group.Wait()
}

func read() config {
	var c config
	b, err := os.ReadFile("/standin.json")
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		log.Print(err)
	}
	return c
}

func serve(c config) {
	time.Sleep(time.Duration(c.Delay * float64(time.Second)))
	host, _ := os.Hostname()
	var stops []func()
	for _, l := range c.Listen {
		s, err := net.Listen("tcp", ":"+strconv.Itoa(l.Port))
		if err != nil {
			log.Fatal(err)
		}
		log.Printf("uid %d: %s on %d", os.Getuid(), l.Kind, l.Port)
		switch l.Kind {
		case "http":
			server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintln(w, host)
			})}
			go server.Serve(s)
			stops = append(stops, func() {
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				_ = server.Shutdown(ctx)
			})
		case "grpc":
			server := grpc.NewServer()
			healthpb.RegisterHealthServer(server, health.NewServer())
			go server.Serve(s)
			stops = append(stops, server.GracefulStop)
		default:
			go func() {
				for {
					c, err := s.Accept()
					if err != nil {
						return
					}
					go func() { _, _ = io.Copy(c, c); c.Close() }()
				}
			}()
			stops = append(stops, func() { s.Close() })
		}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	<-signals
	log.Print("SIGTERM")
	for _, stop := range stops {
		stop()
	}
}
