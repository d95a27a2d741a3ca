//! Why two counts differ.

use super::line::Refusal;

/// One reason, the same for many responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Lines of one response under several requests, each counted by ccusage.
    SeveralRequests,
    /// Lines of one response without a request id, counted by ccusage at every moment they have.
    NoRequestId,
    /// Lines without a message id, which ccusage never takes for repetitions.
    NoMessageId,
    /// Files ccusage does not read: outside `projects`, or reached by a symbolic link.
    UnreadFile,
    /// Lines whose JSON has blanks, which ccusage passes over.
    SpacedJson,
    /// Lines with a null that ccusage does not allow anywhere.
    NullField,
    /// Lines with a value of a type ccusage does not expect.
    UnexpectedValue,
    /// Lines whose time ccusage cannot read.
    UnreadTime,
    /// Notices of the program, which are no responses.
    Notice,
    /// Lines that are no response for us.
    NoResponse,
    /// Responses that begin on one day and are counted by ccusage on another.
    Day,
    /// The line with the final numbers is another one than ccusage takes.
    FinalLine,
    /// Cache writes the split by duration leaves out.
    CacheWriteSplit,
    /// What an advisor used.
    Advisor,
    /// The cost the program logged, which ccusage prefers to a calculated one.
    LoggedCost,
    /// Rates: models without a price on either side, prices of another day.
    Price,
    /// Long requests: as a whole for us, the excess of each class for ccusage.
    LongContext,
    /// The discount of the batch tier.
    Batch,
    /// The surcharge of a fixed region.
    Region,
    /// Web searches.
    WebSearch,
}

impl Cause {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What it means, in a sentence.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SeveralRequests => (
                "several_requests",
                "one response under several request ids: counted once, by ccusage once for each",
            ),
            Self::NoRequestId => (
                "no_request_id",
                "lines of a response without a request id: counted once, by ccusage once for each moment and session",
            ),
            Self::NoMessageId => (
                "no_message_id",
                "lines without a message id: copies counted once, by ccusage each",
            ),
            Self::UnreadFile => (
                "unread_file",
                "files ccusage does not read: outside `projects`, or behind a symbolic link",
            ),
            Self::SpacedJson => (
                "spaced_json",
                "lines with blanks in their JSON, which ccusage passes over",
            ),
            Self::NullField => (
                "null_field",
                "lines dropped by ccusage because some field in them, at any depth, is null",
            ),
            Self::UnexpectedValue => (
                "unexpected_value",
                "lines dropped by ccusage because a value has another type than it expects",
            ),
            Self::UnreadTime => (
                "unread_time",
                "lines dropped by ccusage because it cannot read their time",
            ),
            Self::Notice => ("notice", "notices the program wrote itself: no responses"),
            Self::NoResponse => (
                "no_response",
                "lines with usage that are no responses of their own",
            ),
            Self::Day => (
                "day",
                "responses counted on the day they began, by ccusage on that of the line it keeps",
            ),
            Self::FinalLine => (
                "final_line",
                "the numbers of the last line of a response; ccusage keeps another line",
            ),
            Self::CacheWriteSplit => (
                "cache_write_split",
                "cache writes that the split by duration leaves out, which ccusage does not count",
            ),
            Self::Advisor => ("advisor", "tokens of an advisor inside a response"),
            Self::LoggedCost => (
                "logged_cost",
                "cost calculated from tokens; ccusage takes the cost the program logged",
            ),
            Self::Price => (
                "price",
                "rates: a model that only one side knows, or a price of another day",
            ),
            Self::LongContext => (
                "long_context",
                "requests above 200,000 input tokens cost more as a whole; ccusage takes the excess of each class",
            ),
            Self::Batch => (
                "batch",
                "the discount of the batch tier, which ccusage does not know",
            ),
            Self::Region => ("region", "the surcharge of a fixed region"),
            Self::WebSearch => ("web_search", "web searches, which ccusage does not count"),
        }
    }

    pub(super) fn of_refusal(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Spelling => Self::SpacedJson,
            Refusal::Null => Self::NullField,
            Refusal::Shape => Self::UnexpectedValue,
            Refusal::Time => Self::UnreadTime,
        }
    }
}
