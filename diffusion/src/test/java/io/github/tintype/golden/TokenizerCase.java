package io.github.tintype.golden;

import io.github.tintype.tokenizers.CLIPTokenizer;
import io.github.tintype.tokenizers.Encoding;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/** Prompts → ids and tokens, untruncated, and ids padded; exactly. */
final class TokenizerCase implements CaseChecker {
    /** The files list no more ids than this of a prompt. */
    private static final int LISTED_IDS = 600;

    /** Nor more tokens. */
    private static final int LISTED_TOKENS = 80;

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
        Encoding encoding = tokenizer.encode(prompt);
        long[] got = encoding.ids();
        soft.assertThat(listed.length == LISTED_IDS ? Arrays.copyOf(got, LISTED_IDS) : got)
                .as("ids of \"%s\"", prompt)
                .isEqualTo(listed);
        List<String> tokens =
                item.get("tokens").valueStream().map(JsonNode::asString).toList();
        soft.assertThat(encoding.tokens().stream()
                        .limit(tokens.size() == LISTED_TOKENS ? LISTED_TOKENS : Long.MAX_VALUE)
                        .map(Encoding.Token::text))
                .as("tokens of \"%s\"", prompt)
                .containsExactlyElementsOf(tokens);
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
