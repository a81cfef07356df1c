package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"tools/pulumi/packageschema"
)

// quoted is a key that needs no quotes.
var quoted = regexp.MustCompile(`(?m)^(\s*)"([A-Za-z_]\w*)"\s*=`)

// host is the process of a language's host, with the loader that it asks for schemas.
type host struct {
	process *exec.Cmd
	client  pulumirpc.LanguageRuntimeClient
	loader  string
}

// start runs a host, which says on which port it listens. It wants the address of an engine and gets that of the loader:
// of an engine it asks nothing while it converts.
func start(executable string, known packageschema.Loader) (*host, error) {
	served, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Init: func(server *grpc.Server) error {
			schema.LoaderRegistration(schema.NewLoaderServer(known))(server)
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	loader := fmt.Sprintf("127.0.0.1:%d", served.Port)
	process := exec.Command(executable, loader)
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	port, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s says no port: %w", executable, err)
	}
	connection, err := grpc.NewClient(
		"127.0.0.1:"+strings.TrimSpace(port),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		rpcutil.GrpcChannelOptions(),
	)
	if err != nil {
		return nil, err
	}
	return &host{process, pulumirpc.NewLanguageRuntimeClient(connection), loader}, nil
}

func (h *host) convert(program *pcl.Program) (map[string][]byte, hcl.Diagnostics, error) {
	source := map[string]string{}
	for name, text := range program.Source() {
		// The converter to Java takes no quoted keys in a map of objects.
		source[name] = quoted.ReplaceAllString(text, "$1$2 =")
	}
	request := &pulumirpc.GenerateProgramRequest{Source: source, LoaderTarget: h.loader, Strict: true}
	answer, err := h.client.GenerateProgram(context.Background(), request)
	if err != nil {
		return nil, nil, err
	}
	var diagnostics hcl.Diagnostics
	for _, found := range answer.Diagnostics {
		diagnostics = append(diagnostics, &hcl.Diagnostic{
			Severity: hcl.DiagnosticSeverity(found.Severity), Summary: found.Summary, Detail: found.Detail,
		})
	}
	return answer.Source, diagnostics, nil
}

func (h *host) stop() {
	_ = h.process.Process.Kill()
	_ = h.process.Wait()
}
