package hello;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import io.github.azurebatchpulumi.azurebatch.Job;
import io.github.azurebatchpulumi.azurebatch.JobArgs;
import io.github.azurebatchpulumi.azurebatch.Task;
import io.github.azurebatchpulumi.azurebatch.TaskArgs;
import io.github.azurebatchpulumi.azurebatch.inputs.MetadataItemArgs;
import io.github.azurebatchpulumi.azurebatch.inputs.PoolInfoArgs;

/** A job, and a task in it that says what the stack's configuration tells it to. */
public final class App {
    public static void main(String[] arguments) {
        Pulumi.run(App::declare);
    }

    static void declare(Context context) {
        var greeting = context.config().get("greeting").orElse("hello");
        var job = new Job("job", JobArgs.builder()
            .poolInfo(PoolInfoArgs.builder().poolId("poolId").build())
            .metadata(MetadataItemArgs.builder().name("says").value(greeting).build())
            .build());
        var hello = new Task("hello", TaskArgs.builder()
            .jobId(job.jobId())
            .commandLine("/bin/sh -c 'echo " + greeting + "'")
            .build());

        context.export("job", job.jobId());
        context.export("task", hello.taskId());
    }
}
