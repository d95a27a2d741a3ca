//! Where in a document the reader stands.

/// Whose message: the entry's own, or the sub-agent's inside a progress entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Own,
    Progress,
}

/// Where in a document a value stands, as far as columns derive from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Entry,
    Message(Whose),
    Usage(Whose),
    CacheCreation(Whose),
    ServerToolUse(Whose),
    /// `message.content`, a list of blocks.
    Content,
    Block,
    /// `content` of a block, a list of texts.
    BlockTexts,
    BlockText,
    /// `content` beside the message, a list of texts.
    Texts,
    TextItem,
    /// `tool_use` or `tool_result` beside the message (flat shape).
    FlatCall,
    FlatResult,
    Attachment,
    Origin,
    Progress,
    ProgressMessage,
    ToolResult,
    ToolResultFile,
    Patch,
    Hunk,
    HunkLines,
    Elsewhere,
}

impl Place {
    /// Where the document or list `key` of this place stands.
    pub(super) fn inside(self, key: &str, is_list: bool) -> Self {
        let place = match (self, key) {
            (Place::Entry, "message") => Place::Message(Whose::Own),
            (Place::Entry, "toolUseResult") => Place::ToolResult,
            (Place::Entry, "attachment") => Place::Attachment,
            (Place::Entry, "origin") => Place::Origin,
            (Place::Entry, "data") => Place::Progress,
            (Place::Entry, "content") => Place::Texts,
            (Place::Entry, "tool_use") => Place::FlatCall,
            (Place::Entry, "tool_result") => Place::FlatResult,
            (Place::Message(Whose::Own), "content") => Place::Content,
            (Place::Message(whose), "usage") => Place::Usage(whose),
            (Place::Usage(whose), "cache_creation") => Place::CacheCreation(whose),
            (Place::Usage(whose), "server_tool_use") => Place::ServerToolUse(whose),
            (Place::Content, _) => Place::Block,
            (Place::Block | Place::FlatCall | Place::FlatResult, "content") => Place::BlockTexts,
            (Place::BlockTexts, _) => Place::BlockText,
            (Place::Texts, _) => Place::TextItem,
            (Place::Progress, "message") => Place::ProgressMessage,
            (Place::ProgressMessage, "message") => Place::Message(Whose::Progress),
            (Place::ToolResult, "file") => Place::ToolResultFile,
            (Place::ToolResult, "structuredPatch") => Place::Patch,
            (Place::Patch, _) => Place::Hunk,
            (Place::Hunk, "lines") => Place::HunkLines,
            _ => Place::Elsewhere,
        };
        if place.is_list() == is_list {
            place
        } else {
            Place::Elsewhere
        }
    }

    fn is_list(self) -> bool {
        matches!(
            self,
            Place::Content | Place::BlockTexts | Place::Texts | Place::Patch | Place::HunkLines
        )
    }
}
