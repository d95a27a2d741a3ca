//! Results of calls that only look something up.

use serde_json::json;

use super::call::{Action, Call};
use super::outcome::Outcome;
use super::scene::Scene;

impl Scene<'_> {
    /// The result of a search, a fetch, a plan or a connected server.
    pub(super) fn lookup_result(&mut self, call: &Call) -> Outcome {
        let length = self.dice.around(900);
        let text = self.words.log(length, &mut self.dice);
        let count = text.lines().count();
        match call.action {
            Action::Search => Outcome::success(
                text.clone(),
                json!({
                    "mode": "content",
                    "numFiles": 0,
                    "filenames": [],
                    "content": text,
                    "numLines": count,
                }),
            ),
            Action::Find => self.find_result(),
            Action::Plan => Outcome::success(
                "Todos have been modified successfully.",
                json!({"oldTodos": [], "newTodos": call.part("todos")}),
            ),
            Action::Fetch => {
                let duration = self.dice.around(1500);
                Outcome::success(
                    text.clone(),
                    json!({
                        "bytes": text.len(),
                        "code": 200,
                        "codeText": "OK",
                        "result": text,
                        "durationMs": duration,
                        "url": call.part("url"),
                    }),
                )
            }
            Action::WebSearch => {
                // Quarters of a second have an exact binary form.
                let quarters = u32::try_from(self.dice.around(14)).unwrap_or(1);
                Outcome::success(
                    text.clone(),
                    json!({
                        "query": call.part("query"),
                        "results": [text],
                        "durationSeconds": f64::from(quarters) / 4.0,
                    }),
                )
            }
            _ => {
                let items = json!([{"type": "text", "text": text}]);
                Outcome::success(items.clone(), items)
            }
        }
    }

    fn find_result(&mut self) -> Outcome {
        let files = (0..self.dice.index(20)).map(|_| {
            let file = self.some_file();
            self.path(file)
        });
        let files: Vec<String> = files.collect();
        let duration = self.dice.around(40);
        Outcome::success(
            files.join("\n"),
            json!({
                "filenames": files,
                "durationMs": duration,
                "numFiles": files.len(),
                "truncated": false,
            }),
        )
    }
}
