module azure-batch-dependencies

go 1.25

require (
	github.com/azure-batch-pulumi/pulumi-azure-batch/sdk/go v0.1.0
	github.com/pulumi/pulumi/sdk/v3 v3.274.1
)

// Until there is a release: what `make sdk LANGUAGE=go OUT=sdk` writes.
replace github.com/azure-batch-pulumi/pulumi-azure-batch/sdk/go => ./sdk
