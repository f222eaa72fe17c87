//! A browser without JavaScript: cookies, forms and their hidden fields.

use reqwest::StatusCode;
use reqwest::header::LOCATION;

pub struct Browser {
    http: reqwest::Client,
    pub origin: String,
}

pub struct Page {
    pub status: StatusCode,
    pub to: String,
    pub text: String,
}

impl Page {
    /// The value of the first input of this name.
    #[track_caller]
    pub fn value(&self, name: &str) -> String {
        let tag = self
            .text
            .split('<')
            .find(|tag| tag.starts_with("input") && tag.contains(&format!("name=\"{name}\"")))
            .unwrap_or_else(|| panic!("no {name} in {} {}", self.status, self.text));
        let (_, rest) = tag.split_once("value=\"").unwrap_or(("", "\""));
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Browser {
    pub fn new(origin: &str) -> Browser {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Browser {
            http,
            origin: origin.to_owned(),
        }
    }

    async fn page(request: reqwest::RequestBuilder) -> reqwest::Result<Page> {
        let response = request.send().await?;
        let to = response
            .headers()
            .get(LOCATION)
            .map(|to| to.to_str().unwrap().to_owned());
        Ok(Page {
            status: response.status(),
            to: to.unwrap_or_default(),
            text: response.text().await?,
        })
    }

    pub async fn get(&self, path: &str) -> reqwest::Result<Page> {
        Self::page(self.http.get(format!("{}{path}", self.origin))).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Result<Page> {
        Self::page(self.http.post(format!("{}{path}", self.origin)).form(fields)).await
    }

    /// Signs in; somebody whose answer was lost may be signed in already.
    pub async fn person(&self, person: &str) -> reqwest::Result<()> {
        let page = self.get("/anmelden").await?;
        if page.status == StatusCode::SEE_OTHER {
            return Ok(());
        }
        let answer = self
            .post("/anmelden", &[("csrf", &page.value("csrf")), ("person", person)])
            .await?;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        Ok(())
    }

    /// Begins an application in Magdeburg; gives the draft's path.
    pub async fn begin(&self) -> reqwest::Result<String> {
        let chosen = self.get("/ort?suche=Magdeburg&zurueck=/leistungen/hundesteuer").await?;
        assert_eq!(chosen.to, "/leistungen/hundesteuer", "{}", chosen.text);
        let page = self.get("/leistungen/hundesteuer").await?;
        // Another one, also when there is one whose beginning was never answered.
        let fields = [("csrf", &*page.value("csrf")), ("neu", "neu")];
        let begun = self.post("/leistungen/hundesteuer/antrag", &fields).await?;
        assert_eq!(begun.status, 303, "{}", begun.text);
        let (draft, _) = begun.to.rsplit_once('/').unwrap_or_else(|| panic!("{}", begun.to));
        Ok(draft.to_owned())
    }
}
