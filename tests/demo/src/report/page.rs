//! The page around the plots: headline figures, plots, tables.

use anyhow::Result;
use keel_embedded::numbers::grouped;

use super::svg::escaped;
use super::{plots, small};
use crate::capital::Capital;
use crate::figures::{Section, dollars};
use crate::paths::MARKETS;
use crate::play::Played;
use crate::world::USD;

const STYLE: &str = "
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#f6f7f9;color:#1b1f24;font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}
main{max-width:1040px;margin:0 auto;padding:40px 20px 80px}
h1{font-size:30px;font-weight:650;letter-spacing:-.02em;margin:0 0 4px}
h2{font-size:17px;font-weight:620;margin:0}
h3{font-size:13px;font-weight:600;margin:0 0 2px;display:flex;justify-content:space-between;gap:8px}
h3 span{font-weight:400;color:#5c6470;font-variant-numeric:tabular-nums}
p{margin:2px 0 0;color:#5c6470;max-width:75ch}
.cards{display:grid;grid-template-columns:repeat(3,1fr);gap:12px;margin:26px 0}
.card{background:#fff;border:1px solid #e3e6ea;border-radius:10px;padding:14px 16px}
.card b{display:block;font-size:21px;font-weight:620;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.card span{color:#5c6470;font-size:13px}
.market{margin:34px 0 0}
.market>h2{font-size:22px;letter-spacing:-.01em}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 16px}
.pair figure{margin:0 0 16px;padding:14px 16px}
.pair h2{font-size:15px}
figure,section{margin:16px 0;background:#fff;border:1px solid #e3e6ea;border-radius:10px;padding:18px 20px}
svg{display:block;width:100%;height:auto;margin-top:8px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:8px 0 0;padding:0;font-size:13px;color:#39404a}
.legend li{display:flex;align-items:center;gap:7px}
.swatch{display:inline-block;width:22px;height:0}
.dot{display:inline-block;width:9px;height:9px;border-radius:50%;border:1.5px solid}
.shade{display:inline-block;width:16px;height:12px;background:#fdecc8}
.grid{stroke:#e9ecf0;stroke-width:1}
.axis{stroke:#9aa1ab;stroke-width:1}
.shaded{fill:#fdecc8}
.tick{font-size:12px;fill:#5c6470}
.label{font-size:12px;fill:#39404a;font-weight:600}
.note{font-size:12px;fill:#39404a}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));gap:16px 18px;margin-top:12px}
.small .tick{font-size:10.5px}
table{border-collapse:collapse;width:100%;margin-top:10px;font-size:14px}
th,td{text-align:right;padding:5px 10px;border-bottom:1px solid #eef0f3;font-variant-numeric:tabular-nums}
th{color:#5c6470;font-weight:600;font-size:13px}
th:first-child,td:first-child{text-align:left;padding-left:0}
.pairs td{text-align:left}
.pairs td:first-child{width:270px;color:#5c6470}
@media(max-width:640px){.cards{grid-template-columns:1fr 1fr}.pair{grid-template-columns:1fr}}
footer{color:#5c6470;font-size:13px;margin-top:24px}
";

/// A page that stands alone: its heading and what is under it.
pub fn page_of(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head><body><main>\
         <h1>{title}</h1>{body}</main></body></html>\n"
    )
}

/// The whole page.
pub fn render(played: &Played, capital: &Capital, sections: &[Section]) -> Result<String> {
    let mut html = String::from(
        "<p>Every line below comes from signed transactions against the compiled program on an embedded chain. After each \
         of them, every token was accounted for.</p>",
    );
    html.push_str(&cards(played, capital)?);
    let names: Vec<String> = (0..MARKETS).map(|market| played.world.market_name(market)).collect();
    html.push_str(&super::capital::render(capital, &names));
    for market in plots::markets(played)? {
        html.push_str(&format!("<div class=\"market\"><h2>{}</h2><p>{}</p>", escaped(&market.name), market.note));
        html.push_str(&market.price.render());
        html.push_str("<div class=\"pair\">");
        market.pairs.iter().for_each(|chart| html.push_str(&chart.render()));
        html.push_str("</div></div>");
    }
    for chart in plots::all(played) {
        html.push_str(&chart.render());
    }
    html.push_str(&small::render(played));
    for section in sections.iter().filter(|section| !section.rows.is_empty()) {
        html.push_str(&table(section));
    }
    html.push_str("<footer>Made by <code>cargo xtask demo</code>. The software is not audited.</footer>");
    Ok(page_of(&format!("Keel: {MARKETS} markets through {}", span(played)), &html))
}

/// How long it played, in words.
fn span(played: &Played) -> String {
    let unix = |frame: Option<&crate::recorder::Frame>| frame.map_or(0, |frame| frame.unix);
    let frames = &played.recorder.frames;
    let minutes = (unix(frames.last()) - unix(frames.first())) / 60 + 1;
    match minutes {
        ..=179 => format!("{minutes} minutes"),
        180..=2_879 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

fn cards(played: &Played, capital: &Capital) -> Result<String> {
    let tally = &played.world.tally;
    let mut written_off = 0;
    for market in 0..MARKETS {
        written_off += played.world.market(market)?.written_off;
    }
    let card =
        |value: String, name: &str| format!("<div class=\"card\"><b>{}</b><span>{name}</span></div>", escaped(&value));
    let executions: u64 = tally.orders.iter().map(|counted| counted.executions).sum();
    let cards = [
        card(grouped(tally.transactions), "transactions"),
        card(grouped(tally.equalities), "equalities checked, none broken"),
        card(dollars(tally.sum(|market| market.volume) as f64 / USD), "traded"),
        card(format!("{:.2} bps", played.million.bps), "moved by 1,000,000 USD of BTC"),
        card(format!("{:.2} x", capital.total_gain(&capital.pool, 1)), "as deep in the pool as apart, same capital"),
        card(dollars(tally.pool.paid as f64 / USD), "paid to who left the pool"),
        card(grouped(executions), "executions of standing orders"),
        card(grouped(tally.sum(|market| market.steps)), "liquidation steps"),
        card(dollars(written_off as f64 / USD), "written off at the end"),
    ];
    Ok(format!("<div class=\"cards\">{}</div>", cards.concat()))
}

fn table(section: &Section) -> String {
    let pairs = section.columns.iter().all(|name| name.is_empty());
    let mut html =
        format!("<section><h2>{}</h2><table{}>", escaped(section.title), if pairs { " class=\"pairs\"" } else { "" });
    if !pairs {
        let cells: String = section.columns.iter().map(|name| format!("<th>{}</th>", escaped(name))).collect();
        html.push_str(&format!("<thead><tr>{cells}</tr></thead>"));
    }
    html.push_str("<tbody>");
    for row in &section.rows {
        let cells: String = row.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
        html.push_str(&format!("<tr>{cells}</tr>"));
    }
    html.push_str("</tbody></table></section>");
    html
}
