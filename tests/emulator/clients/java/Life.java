// A pool, a job and a hundred tasks, through Microsoft's client for Java: what came back goes to standard output as JSON.

import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.azure.batch.BatchClient;
import com.microsoft.azure.batch.DetailLevel;
import com.microsoft.azure.batch.auth.BatchCredentials;
import com.microsoft.azure.batch.auth.BatchSharedKeyCredentials;
import com.microsoft.azure.batch.protocol.models.*;
import com.microsoft.rest.credentials.TokenCredentials;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

public class Life {
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

    static final Map<String, String> environment = System.getenv();
    static final String endpoint = environment.get("AZURE_BATCH_ENDPOINT");
    static final Map<String, Object> steps = new LinkedHashMap<>();

    static BatchCredentials key() {
        String key = environment.get("AZURE_BATCH_ACCESS_KEY");
        return new BatchSharedKeyCredentials(endpoint, environment.get("AZURE_BATCH_ACCOUNT"), key);
    }

    static String refusal(Call call) throws Exception {
        try {
            call.make();
        } catch (BatchErrorException error) {
            return error.response().code() + " " + error.body().code();
        }
        return "none";
    }

    static String text(BatchClient client, String range) throws Exception {
        FileGetFromTaskOptions options = new FileGetFromTaskOptions().withOcpRange(range);
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        client.protocolLayer().files().getFromTask("j1", "t42", "wd/out.txt", options, read);
        return read.toString(StandardCharsets.UTF_8);
    }

    /** As if the task had written it. */
    static void put(String body) throws Exception {
        HttpURLConnection connection =
                (HttpURLConnection) new URL(endpoint + "/_emulator/files/tasks/j1/t42").openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Authorization", "Bearer " + environment.get("TOKEN"));
        connection.setRequestProperty("Content-Type", "application/json; odata=minimalmetadata");
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body.getBytes(StandardCharsets.UTF_8));
        }
        steps.put("put", connection.getResponseCode());
    }

    public static void main(String[] arguments) throws Exception {
        BatchClient client = BatchClient.open(new Token(endpoint, environment.get("TOKEN")));
        ImageReference image = new ImageReference().withPublisher("canonical")
                .withOffer("0001-com-ubuntu-server-jammy").withSku("22_04-lts");
        client.poolOperations().createPool("p1", "standard_d2s_v3",
                new VirtualMachineConfiguration().withImageReference(image).withNodeAgentSKUId("batch.node.ubuntu 22.04"), 2);
        client.jobOperations().createJob("j1", new PoolInformation().withPoolId("p1"));
        List<TaskAddParameter> tasks = new ArrayList<>();
        for (int number = 0; number < 100; number++) {
            tasks.add(new TaskAddParameter().withId("t" + number).withCommandLine("/bin/true"));
        }
        client.taskOperations().createTasks("j1", tasks);
        steps.put("refusal", refusal(() -> client.taskOperations().createTask("j1", tasks.get(0))));
        DetailLevel open = new DetailLevel.Builder().withFilterClause("state ne 'completed'").build();
        for (int poll = 0; poll < 300 && client.taskOperations().listTasks("j1", open).size() > 0; poll++) {
            client.computeNodeOperations().listComputeNodes("p1").loadAll();
        }
        steps.put("succeeded", client.jobOperations().getTaskCounts("j1").succeeded());
        steps.put("exit code", client.taskOperations().getTask("j1", "t42").executionInfo().exitCode());
        put("{\"name\": \"wd/out.txt\", \"text\": \"hello from here\"}");
        List<String> names = new ArrayList<>();
        for (NodeFile file : client.fileOperations().listFilesFromTask("j1", "t42", true, null)) {
            names.add(file.name());
        }
        steps.put("files", names);
        steps.put("length", client.fileOperations().getFilePropertiesFromTask("j1", "t42", "wd/out.txt").contentLength());
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        client.fileOperations().getFileFromTask("j1", "t42", "wd/out.txt", read);
        steps.put("content", read.toString(StandardCharsets.UTF_8));
        steps.put("part", text(client, "bytes=6-9"));
        client.fileOperations().deleteFileFromTask("j1", "t42", "wd", true);
        steps.put("deleted file", refusal(() -> text(client, "bytes=0-")));
        BatchClient withKey = BatchClient.open(key());
        steps.put("by key", withKey.fileOperations().listFilesFromTask("j1", "t42").size());
        client.jobOperations().deleteJob("j1");
        client.poolOperations().deletePool("p1");
        for (int poll = 0; poll < 20 && client.poolOperations().existsPool("p1"); poll++) {}
        steps.put("pool", refusal(() -> client.poolOperations().getPool("p1")));
        for (int poll = 0; poll < 20 && client.jobOperations().listJobs().size() > 0; poll++) {}
        steps.put("job", refusal(() -> client.jobOperations().getJob("j1")));
        System.out.println(new ObjectMapper().writeValueAsString(steps));
        System.exit(0);
    }
}
