// The round trip by Microsoft's older client for Java, with a token: how many tasks completed, and what one wrote, as
// JSON. Besides, what it finds of a file, how it tells of a refusal, and whether a key lets it in.

import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.azure.batch.BatchClient;
import com.microsoft.azure.batch.DetailLevel;
import com.microsoft.azure.batch.auth.BatchCredentials;
import com.microsoft.azure.batch.auth.BatchSharedKeyCredentials;
import com.microsoft.azure.batch.protocol.models.*;
import com.microsoft.rest.credentials.TokenCredentials;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

public class RoundTrip {
    /** What azure-identity would be: a token that was given out before. */
    static final class Token extends TokenCredentials implements BatchCredentials {
        private final String endpoint;

        Token(String endpoint, String token) {
            super("Bearer", token);
            this.endpoint = endpoint;
        }

        @Override
        public String baseUrl() {
            return endpoint;
        }
    }

    interface Call {
        void make() throws Exception;
    }

    static String refusal(Call call) throws Exception {
        try {
            call.make();
        } catch (BatchErrorException error) {
            return error.response().code() + " " + error.body().code();
        }
        return "none";
    }

    static String read(BatchClient client, String range) throws Exception {
        FileGetFromTaskOptions options = new FileGetFromTaskOptions().withOcpRange(range);
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        client.protocolLayer().files().getFromTask("j1", "t42", "stdout.txt", options, read);
        return read.toString(StandardCharsets.UTF_8);
    }

    static DetailLevel filter(String clause) {
        return new DetailLevel.Builder().withFilterClause(clause).build();
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> environment = System.getenv();
        String endpoint = environment.get("AZURE_BATCH_ENDPOINT");
        BatchClient client = BatchClient.open(new Token(endpoint, environment.get("TOKEN")));
        Map<String, Object> steps = new LinkedHashMap<>();

        ImageReference image = new ImageReference().withPublisher("canonical")
                .withOffer("0001-com-ubuntu-server-jammy").withSku("22_04-lts");
        VirtualMachineConfiguration machine = new VirtualMachineConfiguration().withImageReference(image)
                .withNodeAgentSKUId("batch.node.ubuntu 22.04");
        client.poolOperations().createPool(new PoolAddParameter().withId("p1").withVmSize("standard_d2s_v3")
                .withVirtualMachineConfiguration(machine).withTargetDedicatedNodes(2).withTaskSlotsPerNode(4));
        client.jobOperations().createJob("j1", new PoolInformation().withPoolId("p1"));
        List<TaskAddParameter> tasks = new ArrayList<>();
        for (int number = 0; number < 100; number++) {
            String command = "/bin/sh -c 'echo from $AZ_BATCH_TASK_ID'";
            tasks.add(new TaskAddParameter().withId("t" + number).withCommandLine(command));
        }
        client.taskOperations().createTasks("j1", tasks);
        steps.put("refusal", refusal(() -> client.taskOperations().createTask("j1", tasks.get(0))));
        while (client.taskOperations().listTasks("j1", filter("state ne 'completed'")).size() > 0) {
            Thread.sleep(100);
        }
        steps.put("completed", client.taskOperations().listTasks("j1", filter("state eq 'completed'")).size());

        ByteArrayOutputStream wrote = new ByteArrayOutputStream();
        client.fileOperations().getFileFromTask("j1", "t42", "stdout.txt", wrote);
        steps.put("wrote", wrote.toString(StandardCharsets.UTF_8));
        steps.put("length", client.fileOperations().getFilePropertiesFromTask("j1", "t42", "stdout.txt").contentLength());
        steps.put("part", read(client, "bytes=5-7"));
        BatchClient withKey = BatchClient.open(new BatchSharedKeyCredentials(
                endpoint, environment.get("AZURE_BATCH_ACCOUNT"), environment.get("AZURE_BATCH_ACCESS_KEY")));
        withKey.fileOperations().deleteFileFromTask("j1", "t42", "stdout.txt");
        steps.put("deleted file", refusal(() -> read(client, "bytes=0-")));
        List<String> names = new ArrayList<>();
        for (NodeFile file : withKey.fileOperations().listFilesFromTask("j1", "t42", true, null)) {
            names.add(file.name());
        }
        steps.put("files", names);

        client.jobOperations().deleteJob("j1");
        client.poolOperations().deletePool("p1");
        while (client.jobOperations().listJobs().size() + client.poolOperations().listPools().size() > 0) {
            Thread.sleep(100);
        }
        System.out.println(new ObjectMapper().writeValueAsString(steps));
        System.exit(0);
    }
}
