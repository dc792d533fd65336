package io.github.tintype.golden;

import io.github.tintype.tokenizers.CLIPTokenizer;
import java.util.Arrays;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/** Prompts → ids, untruncated and padded; exactly. */
final class TokenizerCase implements CaseChecker {
    /** The files list no more ids than this of a prompt. */
    private static final int LISTED_IDS = 600;

    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        JsonNode json = folder.json(golden.file(".cases.json"));
        CLIPTokenizer tokenizer =
                CLIPTokenizer.load(folder.path(json.get("tokenizer").asString()));
        for (JsonNode item : json.get("cases")) {
            String prompt = item.get("prompt").asString();
            CaseChecker.part(soft, "\"" + prompt + "\"", () -> check(tokenizer, prompt, item, soft));
        }
    }

    private static void check(CLIPTokenizer tokenizer, String prompt, JsonNode item, SoftAssertions soft) {
        long[] listed = longs(item.get("ids"));
        long[] got = tokenizer.encode(prompt).ids();
        soft.assertThat(listed.length == LISTED_IDS ? Arrays.copyOf(got, LISTED_IDS) : got)
                .as("ids of \"%s\"", prompt)
                .isEqualTo(listed);
        item.get("padded").forEachEntry((length, padded) -> {
            long[] want = new long[Integer.parseInt(length)];
            Arrays.fill(want, padded.get("pad_id").asLong());
            long[] ids = longs(padded.get("ids"));
            System.arraycopy(ids, 0, want, 0, ids.length);
            soft.assertThat(tokenizer.encodePadded(prompt, want.length))
                    .as("%s ids of \"%s\"", length, prompt)
                    .isEqualTo(want);
        });
    }

    private static long[] longs(JsonNode list) {
        return list.valueStream().mapToLong(JsonNode::asLong).toArray();
    }
}
