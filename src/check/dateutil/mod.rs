//! Whether a text is a date or a time in one of the many ways people write them, as the parser of
//! Python's dateutil takes it: `2025-01-31T10:00Z`, `Jan 31st, 2025`, `31.1.25 4pm`, `10h36m`.
//!
//! A part that is missing is taken from a day that has it, so that the answer does not depend on
//! when it is asked: `31` and `29 Feb` are dates.

mod calendar;
mod parser;
mod tokens;
mod words;

use parser::Parser;

/// Whether the text is a date, a time, or both.
pub(super) fn is_date_or_time(text: &str) -> bool {
    let mut parser = Parser::new(tokens::split(text));
    parser.read().is_some_and(|moment| moment.is_possible())
}

#[cfg(test)]
mod tests {
    use super::is_date_or_time;

    #[test]
    fn dates_and_times_as_people_write_them() {
        for text in [
            "2025-01-31",
            "2025-01-31T10:20:30.123456Z",
            "2025-01-31 10:20:30,5 +01:00",
            "20250131T102030",
            "Jan 31st, 2025",
            "31 January 2025 4pm",
            "31.1.25",
            "1/31/25",
            "Fri, 31 Jan 2025 10:20:30 GMT",
            "Thu Sep 25 10:36:28 BRST 2003",
            "Thu Sep 25 10:36:28 2003 -0300 (BRST)",
            "10h36m28.5s",
            "10 am",
            "May",
            "Monday",
            "1999",
            "13 pm",
            "99-01-01",
            "01-99",
            "Jan of 01",
            "Jan 2025",
            "10:36:28 PM",
            "10:36pm",
            "12:30 EST",
            "12:30 GMT+3",
            "12:30 -3",
            "2003-09-25T10:49:41.5-03:00",
            "20030925T104941.5-0300",
            "199709020908",
            "19970902090807",
            "32",
            "100",
            "3rd of May 2001",
            "5th of March",
            "13.01.2020",
            "2020.01.13",
            "2020-1-1T1:1:1",
            "T10",
            "1,5",
            "10,5",
            "Sept 3",
            "1/2",
            "2020-06",
            "06-2020",
            "12am",
            "0pm",
            "10 h 5",
            "5 m",
            "5 s 3",
            "12 h 30 m",
            "10 a.m.",
            "Jan-01-99",
            "Jan/01",
            "01-Jan-99",
            "01-Jan",
            "Feb",
            "10:5.5",
            ".5",
            "5.",
            "1.",
            "2020-01-01T",
            "2020-01-01T10",
            "2020-01-01T1030",
            "2020-01-01T103015",
            "29 Feb",
            "31",
        ] {
            assert!(is_date_or_time(text), "{text:?}");
        }
    }

    #[test]
    fn other_texts() {
        for text in [
            "",
            "  ",
            "hello",
            "2025-13-45",
            "2025-02-30",
            "25:00",
            "10:61",
            "12 monkeys",
            "2025-01-31 and then",
            "1.2.3.4",
            "nan",
            "Feb 30",
            "🙂",
            "2025-W05",
            "2025-031",
            "pm 10",
            "noon",
            "today",
            "12:30 -12345",
            "0",
            "00",
            "10000",
            "1 2 3 4",
            "1-2-3-4",
            "10.36.28",
            "2020/13/01",
            "a",
            "m",
            ",",
            "-",
            "1e5",
            "Tues",
            "13/13",
            "31/2",
            "31 Apr 2020",
            "2020-00",
            "2020-10-00",
            "0000-01-01",
            "24:00",
            "23:59:60",
            "2020-01-01 24:00:00",
            "h10",
            "a.m.",
            "(2020)",
            "2020-01-01 (UTC)",
            "[2020]",
            "2020_01_01",
            "2020–01–01",
            "Z",
            "UTC",
            "10:00 ABCDEF",
            "10:00 ABC DEF",
            "2020-01-01T10:00:00.1.2",
        ] {
            assert!(!is_date_or_time(text), "{text:?}");
        }
    }
}
